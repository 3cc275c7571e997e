/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The compiler as tests use it: text in, everything that the passes made out.
 */

#include "compile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

void
compile(struct unit *u, const struct unit_options *opt, const char *yaml)
{
	struct unit_options defaults;
	size_t n = strlen(yaml);

	unit_options_default(&defaults);
	unit_init(u, opt ? opt : &defaults);
	unit_add_source(u, "in.yaml",
	    (struct str){arena_dup(&u->perm, yaml, n), n});
	unit_run(u, PASS_BIT(MODELS) | PASS_BIT(LINT));
	diag_sort(&u->sink);
}

void
compile_clean(struct unit *u, const struct unit_options *opt, const char *yaml)
{
	compile(u, opt, yaml);
	if (!unit_ran(u, PASS_PMAP) || diag_failed(&u->sink))
		fail_msg("not clean: %s\nof %s", compile_findings(u), yaml);
}

const char *
compile_findings(struct unit *u)
{
	struct buf b;

	buf_init(&b, &u->perm);
	VEC_FOREACH (d, &u->sink.v) {
		struct place at = source_place(&u->sources, (*d)->at);

		buf_printf(&b, "%u:%u CNP%03u %s\n", at.line, at.col, (*d)->id,
		    (*d)->text);
	}
	return buf_as_str(&b).s;
}

/* "ns/name" */
static const struct endpoint *
find_pod(const struct unit *u, const char *pod)
{
	const char *slash = strchr(pod, '/');
	struct str ns;
	const struct endpoint *e;

	assert_true(!!slash);
	ns = (struct str){pod, (size_t)(slash - pod)};
	e = world_find_endpoint(&u->world, ns, str_of(slash + 1));
	if (!e)
		fail_msg("no pod %s", pod);
	return e;
}

ident_idx_t
compile_ident(const struct unit *u, const char *name)
{
	struct cidr prefix;
	ident_idx_t idx;
	struct ip ip;

	if (strchr(name, '/'))
		return find_pod(u, name)->ident;
	if (ip_parse(str_of(name), &ip))
		return world_of_ip(&u->world, &ip, &prefix);
	if (!world_find_reserved(&u->world, str_of(name), &idx))
		fail_msg("no identity %s", name);
	return idx;
}

const struct pmap_direction *
compile_direction(const struct unit *u, const char *pod, enum direction dir)
{
	const struct pmap_class *class =
	    pmap_class_of_endpoint(&u->pmaps, find_pod(u, pod));

	assert_true(!!class);
	assert_true(!class->error);
	return class->direction[dir];
}

int
compile_write(const struct bundle *b, struct arena *a, const char *dir)
{
	struct outdir d;
	int error = bundle_open(&d, a, dir);

	if (!error)
		error = bundle_write(b, &d);
	outdir_close(&d);
	return error;
}
