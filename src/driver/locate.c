/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings and the objects that they are in.  Requires docs.
 */
#include "driver/locate.h"

#include "yaml/locate.h"

#define IGNORED "cnpc.io/ignore"

/* The text of KEY in N; "" where it is none. */
static struct str
text_of(const struct ynode *n, const char *key)
{
	const struct ynode *value = n ? ynode_get(n, key) : NULL;

	return value && value->kind == Y_STR ? value->s : STR("");
}

static const struct diag_object *
object_of(struct unit *u, const struct ylocation *l)
{
	const struct ynode *metadata = ynode_get(l->object, "metadata");
	struct diag_object *o = ARENA_NEW(&u->perm, struct diag_object);

	*o = (struct diag_object){
	    .kind = text_of(l->object, "kind"),
	    .ns = text_of(metadata, "namespace"),
	    .name = text_of(metadata, "name"),
	    .ignored = text_of(ynode_get(metadata, "annotations"), IGNORED),
	    .path = l->path,
	    .at = l->object->at,
	};
	return o;
}

void
unit_locate(struct unit *u, struct diag_sink *sink)
{
	struct ylocation l;

	VEC_FOREACH (p, &sink->v) {
		struct diag *d = *p;

		if (d->at.source && !d->object &&
		    yaml_locate(&u->perm, &u->docs, d->at, &l))
			d->object = object_of(u, &l);
	}
	diag_fingerprint(&u->sources, sink);
}
