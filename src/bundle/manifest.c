/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest, member by member in the order of the file.
 */
#include "bundle/manifest.h"

#include <assert.h>

#include "base/hash.h"
#include "base/json.h"
#include "bundle/documents.h"
#include "cilium/reserved.h"
#include "cilium/version.h"
#include "ir/ir.h"

static void
put_content(struct json *j, const char *name, struct str bytes,
    const char *hash)
{
	json_kv_cstr(j, "name", name);
	json_kv_u64(j, "bytes", bytes.n);
	json_kv_cstr(j, "xxh3_128", hash);
}

static const char *
enforcement_name(enum pmap_enforcement e)
{
	switch (e) {
	case PMAP_ENFORCE_DEFAULT:
		return "default";
	case PMAP_ENFORCE_ALWAYS:
		return "always";
	case PMAP_ENFORCE_NEVER:
		return "never";
	}
	return NULL;
}

static void
put_options(struct json *j, struct arena *a, const struct pmaps *m)
{
	const struct ir_options *opt = &m->world->ir->opt;
	const char *version =
	    arena_printf(a, VERSION_FMT, VERSION_ARG(opt->cilium));

	json_key(j, "options");
	json_object(j);
	json_kv_cstr(j, "precedence",
	    opt->model == IR_MODEL_CILIUM ? "cilium" : "clusterwide");
	json_kv_cstr(j, "cilium", version);
	json_kv_bool(j, "ipv4", opt->ipv4);
	json_kv_bool(j, "ipv6", opt->ipv6);
	json_kv_cstr(j, "enforcement", enforcement_name(m->opt.enforcement));
	json_kv_bool(j, "allow_localhost", m->opt.allow_localhost);
	json_kv_str(j, "cluster_name", opt->cluster_name);
	json_end_object(j);
}

static void
put_inputs(struct json *j, const struct source_set *sources)
{
	json_key(j, "inputs");
	json_array(j);
	VEC_FOREACH (s, &sources->v) {
		char hash[HASH_STRLEN];

		hash_text(s->text, hash);
		json_object(j);
		put_content(j, s->name, s->text, hash);
		json_kv_bool(j, "context", s->context);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_outputs(struct json *j, const bundle_file_vec *outputs)
{
	json_key(j, "outputs");
	json_array(j);
	VEC_FOREACH (o, outputs) {
		json_object(j);
		put_content(j, o->name, o->bytes, o->hash);
		if (*o->sha256)
			json_kv_cstr(j, "sha256", o->sha256);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_identity_counts(struct json *j, const struct world *w)
{
	uint64_t n[SEC_ID_SCOPES] = {0};

	VEC_FOREACH (id, &w->idents)
		n[sec_id_scope(id->id.id)]++;
	json_key(j, "identities");
	json_object(j);
	for (int i = 0; i < SEC_ID_SCOPES; i++)
		json_kv_u64(j, sec_id_scope_name((enum sec_id_scope)i), n[i]);
	json_end_object(j);
}

static void
put_redirects(struct json *j, const redirect_vec *redirects)
{
	json_key(j, "redirects");
	json_array(j);
	for (size_t i = 1; i < redirects->n; i++) {
		json_object(j);
		json_kv_str(j, "name", redirects->v[i].name);
		json_kv_cstr(j, "direction",
		    direction_name(redirects->v[i].dir));
		json_kv_u64(j, "proxy_port", bundle_proxy_port((uint16_t)i));
		json_end_object(j);
	}
	json_end_array(j);
}

void
manifest_not_run(struct json *j, const void *arg, size_t i)
{
	json_object(j);
	json_kv_cstr(j, "status", "not run");
	json_kv_cstr(j, "reason", "compiled offline; run cnpc verify");
	json_end_object(j);
}

static void
put_policies(struct json *j, const struct policies *policies)
{
	json_key(j, "policies");
	json_array(j);
	VEC_FOREACH (at, &policies->list) {
		const struct policy *p = *at;

		json_object(j);
		json_kv_cstr(j, "image", p->name);
		json_kv_cstr(j, "program", p->program->name);
		json_kv_u64(j, "entries", p->nentries);
		json_key(j, "identities");
		json_array(j);
		VEC_FOREACH (id, &p->idents)
			json_u64(j, *id);
		json_end_array(j);
		json_key(j, "verifier");
		manifest_not_run(j, NULL, 0);
		json_end_object(j);
	}
	json_end_array(j);
}

struct str
manifest_json(struct arena *a, const struct bundle_options *opt,
    const struct pmaps *m, const struct policies *policies,
    const bundle_file_vec *outputs)
{
	struct buf out;
	struct json j;

	buf_init(&out, a);
	json_init(&j, &out, true);
	json_object(&j);
	json_kv_u64(&j, "format", BUNDLE_FORMAT);
	json_kv_cstr(&j, "cnpc", opt->version);
	put_options(&j, a, m);
	put_inputs(&j, opt->sources);
	put_outputs(&j, outputs);
	put_identity_counts(&j, m->world);
	json_kv_u64(&j, "endpoints", m->world->endpoints.n);
	put_redirects(&j, &m->redirects);
	put_policies(&j, policies);
	json_end_object(&j);
	buf_putc(&out, '\n');
	return buf_as_str(&out);
}

/* Copies a part of the manifest. */
static void
put_node(struct json *j, const struct ynode *n)
{
	switch (n->kind) {
	case Y_NULL:
	case Y_FLOAT: /* no number of ours has a fraction */
		json_null(j);
		break;
	case Y_BOOL:
		json_bool(j, n->b);
		break;
	case Y_INT:
		json_i64(j, n->i);
		break;
	case Y_STR:
		json_str(j, n->s);
		break;
	case Y_SEQ:
		json_array(j);
		for (uint32_t i = 0; i < n->seq.n; i++)
			put_node(j, n->seq.v[i]);
		json_end_array(j);
		break;
	case Y_MAP:
		json_object(j);
		for (uint32_t i = 0; i < n->map.n; i++) {
			json_key(j, n->map.v[i].key.s);
			put_node(j, n->map.v[i].value);
		}
		json_end_object(j);
		break;
	}
}

/* Copies the I-th policy. */
static void
put_policy(struct json *j, const struct ynode *policy, size_t i,
    manifest_result *put, const void *arg)
{
	json_object(j);
	for (uint32_t k = 0; k < policy->map.n; k++) {
		const struct ypair *pair = &policy->map.v[k];

		json_key(j, pair->key.s);
		if (put && str_is(pair->key, "verifier"))
			put(j, arg, i);
		else
			put_node(j, pair->value);
	}
	json_end_object(j);
}

static void
put_member(struct json *j, const struct ypair *member, manifest_result *put,
    const void *arg)
{
	const struct ynode *n = member->value;

	json_key(j, member->key.s);
	if (!str_is(member->key, "policies") || n->kind != Y_SEQ) {
		put_node(j, n);
		return;
	}
	json_array(j);
	for (uint32_t i = 0; i < n->seq.n; i++) {
		if (n->seq.v[i]->kind == Y_MAP)
			put_policy(j, n->seq.v[i], i, put, arg);
		else
			put_node(j, n->seq.v[i]);
	}
	json_end_array(j);
}

struct str
manifest_print(struct arena *a, const struct ynode *manifest,
    manifest_result *put, const void *arg)
{
	struct buf out;
	struct json j;

	assert(manifest->kind == Y_MAP);
	buf_init(&out, a);
	json_init(&j, &out, true);
	json_object(&j);
	for (uint32_t i = 0; i < manifest->map.n; i++)
		put_member(&j, &manifest->map.v[i], put, arg);
	json_end_object(&j);
	buf_putc(&out, '\n');
	return buf_as_str(&out);
}
