/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit from a bundle.  The policies were taken when it was compiled; nobody
 * is told again what was found in them, but nothing else is believed.
 */
#include "driver/packed.h"

#include "admit/admit.h"
#include "bundle/read.h"
#include "diag_gen.h"

#define BEFORE_IR (PASS_BIT(IR) - 1)

bool
unit_take_objects(struct unit *u, const struct object_settings *s)
{
	struct diag_sink sink;
	bool admitted;

	u->opt.ir = s->ir;
	u->opt.pmap = s->pmap;
	u->opt.schema = s->schema;
	diag_sink_init(&sink, &u->scratch);
	admit_policies(&u->pool, &u->scratch, &sink, &u->opt.ir, &u->objects);
	object_list_settle(&u->objects, &u->perm);
	admitted = !diag_failed(&sink);
	if (admitted)
		u->ran |= BEFORE_IR;
	arena_reset(&u->scratch);
	pool_reset(&u->pool);
	return admitted;
}

void
unit_take_bundle(struct unit *u, const char *dir,
    const struct trusted_keys *trusted)
{
	struct object_settings s = {u->opt.ir, u->opt.pmap, u->opt.schema};
	int error = bundle_read_objects(&s, &u->objects, &u->perm, &u->sink,
	    &u->sources, dir, trusted);

	if (error)
		u->failure = (struct unit_failure){"read", dir, error};
	if (!error && !diag_failed(&u->sink) && !unit_take_objects(u, &s))
		diag_bad_bundle(&u->sink, (struct span){0}, str_of(dir),
		    STR(BUNDLE_OBJECTS ": it has a policy that is refused"));
}
