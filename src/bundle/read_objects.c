/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects and settings of a bundle: with all else of it, or alone, for who
 * needs nothing else and cannot wait.
 */
#include "bundle/bundle.h"
#include "bundle/reading.h"

/* Takes the file, if it is right. */
static void
take_objects(struct reading *r, struct object_settings *settings,
    struct object_list *ret)
{
	struct span at = r->ret->manifest->at;
	const struct str *bytes = reading_file(r, at, STR(BUNDLE_OBJECTS));
	const char *problem = NULL;

	if (!bytes)
		return;
	objects_read(r->arena, *bytes, settings, r->sources, ret, &problem);
	if (problem)
		reading_complain(r, at, problem, BUNDLE_OBJECTS);
}

void
reading_objects(struct reading *r)
{
	struct object_settings settings = {0};
	struct object_list objects;

	take_objects(r, &settings, &objects);
}

/* Of the files that the manifest lists, this one. */
static int
read_them(struct reading *r, struct object_settings *settings,
    struct object_list *ret)
{
	int error = reading_manifest_file(r);

	if (!error && r->ret->whole && reading_format(r))
		error = reading_output(r, STR(BUNDLE_OBJECTS));
	if (!error && r->ret->whole)
		take_objects(r, settings, ret);
	return error;
}

int
bundle_read_objects(struct object_settings *settings,
    struct object_list *ret_objects, struct arena *a, struct diag_sink *sink,
    struct source_set *set, const char *dir, const struct trusted_keys *trusted)
{
	struct bundle_content content;
	struct reading r;
	int error = reading_begin(&r, &content, a, sink, set, dir, trusted);

	if (!error)
		error = read_them(&r, settings, ret_objects);
	return reading_finish(&r, error);
}
