/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A ConfigMap `cilium-config`: a byte is a key, what follows it up to the end
 * of the line is the value.  Settings that come out of one come out of the
 * ConfigMap that has them all, too.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "driver/settings.h"
#include "driver/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char cluster[] =
    "{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web, "
    "labels: {app: web, k8s-app: x}}, spec: {containers: [{name: c}]}, "
    "status: {podIP: 10.0.0.1}}\n---\n"
    "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: "
    "{namespace: shop, name: web}, spec: {endpointSelector: {matchLabels: "
    "{app: web}}, ingress: [{fromEntities: [cluster]}]}}\n---\n";

typedef VEC(struct str) line_vec;

/* A line each, without its end. */
static void
split(line_vec *ret_lines, struct arena *a, struct str text)
{
	while (text.n > 0) {
		const char *end = memchr(text.s, '\n', text.n);
		size_t n = end ? (size_t)(end - text.s) : text.n;

		*vec_push(ret_lines, a) = (struct str){text.s, n};
		n += !!end;
		text = (struct str){text.s + n, text.n - n};
	}
}

/* The settings as they are, of settings_dump(). */
static void
list_settings(line_vec *ret_lines, struct arena *a,
    const struct unit_options *opt)
{
	struct buf text;

	*ret_lines = (line_vec){0};
	buf_init(&text, a);
	settings_dump(&text, opt);
	split(ret_lines, a, buf_as_str(&text));
}

static const char *
key_of(struct arena *a, struct str line)
{
	return arena_dup(a, line.s, (size_t)(strchr(line.s, ':') - line.s));
}

/* Runs with a ConfigMap of DATA, JSON; returns the settings in A. */
static line_vec
settings_of(struct arena *a, struct str data)
{
	struct unit_options opt;
	line_vec lines;
	struct buf text;
	struct unit u;

	unit_options_default(&opt);
	opt.jobs = 1;
	unit_init(&u, &opt);
	buf_init(&text, &u.perm);
	buf_puts(&text, cluster);
	buf_printf(&text,
	    "{apiVersion: v1, kind: ConfigMap, metadata: {namespace: "
	    "kube-system, name: cilium-config}, data: " STR_FMT "}\n",
	    STR_ARG(data));
	unit_add_source(&u, "/nowhere/in.yaml", buf_as_str(&text));
	unit_run(&u, PASS_BIT(PMAP));
	list_settings(&lines, a, &u.opt);
	unit_free(&u);
	return lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unit_options opt;
	struct arena a = {0};
	line_vec keys, values = {0}, first, second;
	struct buf text;
	struct json j;

	unit_options_default(&opt);
	list_settings(&keys, &a, &opt);
	split(&values, &a,
	    (struct str){arena_dup(&a, (const char *)data, size), size});
	buf_init(&text, &a);
	json_init(&j, &text, false);
	json_object(&j);
	VEC_FOREACH (v, &values) {
		unsigned key = v->n > 0 ? (unsigned char)v->s[0] : 0;

		json_kv_str(&j, key_of(&a, keys.v[key % keys.n]),
		    (struct str){v->s + 1, v->n > 0 ? v->n - 1 : 0});
	}
	json_end_object(&j);
	first = settings_of(&a, buf_as_str(&text));

	buf_init(&text, &a);
	json_init(&j, &text, false);
	json_object(&j);
	VEC_FOREACH (l, &first) {
		const char *key = key_of(&a, *l);
		size_t skip = strlen(key) + 3; /* : " */

		json_kv_str(&j, key,
		    (struct str){l->s + skip, l->n - skip - 1});
	}
	json_end_object(&j);
	second = settings_of(&a, buf_as_str(&text));
	assert(first.n == second.n);
	for (size_t i = 0; i < first.n; i++)
		assert(str_eq(first.v[i], second.v[i]));
	arena_free(&a);
	return 0;
}
