/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Variables in objects, as Flux fills them in: ${NAME}, ${NAME:=default} and
 * the other forms that its envsubst reads.  Where it is not Flux who does it,
 * $(NAME) as well.
 *
 * Flux writes each object anew before it substitutes, without the quotes that
 * YAML does not need, so "${PORT}" becomes a number.  A variable whose value is
 * not known stays as it is written.
 */

#include "base/map.h"
#include "repo/edit.h"

struct subst {
	struct map values; /* name -> struct str: what is known */
	bool complete;     /* no other variable can have a value */
	bool flux;         /* by Flux: quotes are lost, $$ is $ */
	const struct source_set *sources; /* where quotes are seen otherwise */
};

/* What was found while substituting. */
struct subst_report {
	bool open;             /* a variable stayed as it was */
	const char *malformed; /* Flux would refuse the text; NULL: no */
	struct span at;        /* of that */
};

void subst_init(struct subst *s, struct arena *a);

void subst_define(struct subst *s, struct str name, struct str value);

/* The same from "NAME=VALUE"; false when it is none. */
bool subst_define_text(struct subst *s, const char *text);

/* Adds the members of MAP that are scalars. */
void subst_define_all(struct subst *s, const struct ynode *map);

/* N with its variables filled in, keys as well. */
const struct ynode *subst_apply(const struct subst *s, struct arena *a,
    const struct ynode *n, struct subst_report *report);
