/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The types of scalars, and numbers as text.  Private to yaml/; the tests know
 * it as well.
 */

#include "base/arena.h"
#include "yaml/ytree.h"

/*
 * Types a plain (unquoted) YAML scalar.  The value of a string is TEXT itself;
 * .at is left alone.
 */
void yscalar_resolve(struct str text, struct ynode *ret_node);

enum ytag_result {
	YTAG_OK,
	YTAG_MISMATCH,    /* the text is no value of that type */
	YTAG_UNSUPPORTED, /* no such type */
};

/* Types a scalar by its explicit tag, as libyaml resolved it. */
enum ytag_result yscalar_tagged(struct arena *a, struct str tag,
    struct str text, struct ynode *ret_node);

/* The tag as people write it: !!int instead of tag:yaml.org,2002:int. */
struct str ytag_short(struct arena *a, struct str tag);

/* S, with a NUL after it, is a decimal number; false when out of range. */
bool yfloat_parse(struct str s, double *ret_value);

#define YFLOAT_LEN 40

/* As Go prints a float64 in JSON, or as kubectl does when it is a KEY. */
const char *yfloat_print(double f, bool key, char out[static YFLOAT_LEN]);
