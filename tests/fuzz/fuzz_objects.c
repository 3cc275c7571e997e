/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The file objects.bin of a bundle, from its numbers on: what is read of it
 * compiles, whoever wrote it, and packs to the same once more.
 */

#include <assert.h>
#include <stdint.h>

#include "base/bytes.h"
#include "bundle/header.h"
#include "bundle/objects.h"
#include "driver/packed.h"
#include "schema/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct file_kind kind = {"CNPCOBJ", 1};

/* DATA after a header that is right; it begins with the number of objects. */
static struct str
with_header(struct arena *a, const uint8_t *data, size_t size)
{
	size_t n = HEADER_SIZE + 8 + size - 1;
	uint8_t *p = arena_alloc(a, n);

	le64_put(p + HEADER_SIZE, pack_tables());
	memcpy(p + HEADER_SIZE + 8, data + 1, size - 1);
	header_put(p, n, &kind, data[0], 0);
	return (struct str){(char *)p, n};
}

static void
compile(struct unit *u, const struct object_settings *s)
{
	struct str again = objects_put(&u->perm, s, &u->sources, &u->objects);
	struct object_settings settings = *s;
	struct object_list objects;
	struct source_set sources;
	const char *problem;

	source_set_init(&sources, &u->perm);
	assert(objects_read(&u->perm, again, &settings, &sources, &objects,
	    &problem));
	assert(objects.v.n == u->objects.v.n);
	assert(str_eq(again,
	    objects_put(&u->perm, &settings, &sources, &objects)));
	if (unit_take_objects(u, s))
		unit_run(u, PASS_BIT(PMAP));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unit_options opt;
	struct object_settings s;
	const char *problem;
	struct unit u;

	if (size == 0)
		return 0;
	unit_options_default(&opt);
	opt.jobs = 1;
	s = (struct object_settings){opt.ir, opt.pmap, opt.schema};
	unit_init(&u, &opt);
	if (objects_read(&u.perm, with_header(&u.perm, data, size), &s,
		&u.sources, &u.objects, &problem))
		compile(&u, &s);
	unit_free(&u);
	return 0;
}
