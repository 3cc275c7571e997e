/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The options of every command that compiles.
 */

#include "cli/opt.h"

/* Values on their way to struct options. */
struct compile_words {
	int model;             /* enum ir_model */
	int platform;          /* enum platform */
	struct str kubernetes; /* "": what the platform has newest */
	unsigned cilium;       /* version, if given */
	int enforcement;
	int localhost;
	struct str ns;            /* .s NULL: not given */
	struct str identity_lock; /* .s NULL: none */
};

/* Their defaults, from U's. */
void compile_words_init(struct compile_words *w, const struct unit_options *u);

/* The table, in A, whose values go to O and W. */
const struct opt *compile_table(struct arena *a, struct options *o,
    struct compile_words *w);

/* Whether compile_side() takes a value of KEY. */
bool compile_is_word(struct str key);

/*
 * Sets what SET has of precedence, profile and kubernetes, as the options of
 * these names would.  OPT_GO, or the exit status to leave with.
 */
int compile_side(struct cli *cli, struct unit_options *u,
    const struct setting_value *set, size_t n);

/*
 * Completes O from W, once all words are read.  OPT_GO, or the exit status to
 * leave with.
 */
int compile_finish(struct cli *cli, const struct compile_words *w,
    struct options *o);
