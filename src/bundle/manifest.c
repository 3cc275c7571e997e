/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest, member by member in the order of the file.
 */
#include "bundle/manifest.h"

#include <assert.h>

#include "base/hash.h"
#include "base/json.h"
#include "bundle/bundle.h"
#include "bundle/layout.h"
#include "cilium/reserved.h"
#include "cilium/version.h"
#include "ir/ir.h"

static void
put_content(struct json *j, struct str name, uint64_t bytes, struct str hash)
{
	json_kv_str(j, "name", name);
	json_kv_u64(j, "bytes", bytes);
	json_kv_str(j, "xxh3_128", hash);
}

static void
put_options(struct json *j, struct arena *a, const struct manifest_options *opt)
{
	json_key(j, "options");
	json_object(j);
	json_kv_str(j, "precedence", opt->precedence);
	json_kv_cstr(j, "cilium",
	    arena_printf(a, VERSION_FMT, VERSION_ARG(opt->cilium)));
	json_kv_bool(j, "ipv4", opt->traits.family[0]);
	json_kv_bool(j, "ipv6", opt->traits.family[1]);
	json_kv_bool(j, "sctp", opt->traits.sctp);
	json_kv_bool(j, "other_transports", opt->traits.other_transports);
	json_kv_str(j, "enforcement", opt->enforcement);
	json_kv_bool(j, "allow_localhost", opt->allow_localhost);
	json_kv_str(j, "cluster_name", opt->cluster_name);
	json_end_object(j);
}

static void
put_inputs(struct json *j, const struct manifest_facts *m)
{
	json_key(j, "inputs");
	json_array(j);
	VEC_FOREACH (in, &m->inputs) {
		json_object(j);
		put_content(j, in->name, in->bytes, in->hash);
		json_kv_bool(j, "context", in->context);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_outputs(struct json *j, const struct manifest_facts *m)
{
	json_key(j, "outputs");
	json_array(j);
	VEC_FOREACH (o, &m->outputs) {
		json_object(j);
		put_content(j, str_of(o->name), o->bytes.n, str_of(o->hash));
		if (*o->sha256)
			json_kv_cstr(j, "sha256", o->sha256);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
put_identity_counts(struct json *j, const struct manifest_facts *m)
{
	json_key(j, "identities");
	json_object(j);
	for (int i = 0; i < SEC_ID_SCOPES; i++)
		json_kv_u64(j, sec_id_scope_name((enum sec_id_scope)i),
		    m->identities[i]);
	json_end_object(j);
}

static void
put_redirects(struct json *j, const struct manifest_facts *m)
{
	uint16_t number = 0;

	json_key(j, "redirects");
	json_array(j);
	VEC_FOREACH (r, &m->redirects) {
		json_object(j);
		json_kv_str(j, "name", r->name);
		json_kv_cstr(j, "direction", direction_name(r->dir));
		json_kv_u64(j, "proxy_port", bundle_proxy_port(++number));
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
put_policies(struct json *j, const struct manifest_facts *m)
{
	json_key(j, "policies");
	json_array(j);
	VEC_FOREACH (p, &m->policies) {
		json_object(j);
		json_kv_str(j, "image", p->image);
		json_kv_str(j, "program", p->program);
		json_kv_u64(j, "entries", p->entries);
		json_key(j, "identities");
		json_array(j);
		VEC_FOREACH (id, &p->ids)
			json_u64(j, *id);
		json_end_array(j);
		json_key(j, "verifier");
		manifest_not_run(j, NULL, 0);
		json_end_object(j);
	}
	json_end_array(j);
}

/* What the agent calls the maps; a policy map has its endpoint's number. */
static void
put_map_names(struct json *j, unsigned cilium)
{
	json_key(j, "maps");
	json_object(j);
	map_layout_json(j, map_layout(cilium));
	json_end_object(j);
}

struct str
manifest_text(struct arena *a, const struct manifest_facts *m)
{
	char digest[HASH_STRLEN];
	struct buf out;
	struct json j;

	buf_init(&out, a);
	json_init(&j, &out, true);
	json_object(&j);
	json_kv_u64(&j, "format", BUNDLE_FORMAT);
	json_kv_str(&j, "cnpc", m->cnpc);
	put_options(&j, a, &m->options);
	put_map_names(&j, m->options.cilium);
	put_inputs(&j, m);
	put_outputs(&j, m);
	put_identity_counts(&j, m);
	json_kv_u64(&j, "endpoints", m->endpoints);
	put_redirects(&j, m);
	put_policies(&j, m);
	hash_text(buf_as_str(&out), digest);
	json_kv_cstr(&j, "digest", digest);
	json_end_object(&j);
	buf_putc(&out, '\n');
	return buf_as_str(&out);
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

static struct manifest_options
options_of(const struct pmaps *m)
{
	const struct ir_options *opt = &m->world->ir->opt;

	return (struct manifest_options){
	    .precedence = opt->model == IR_MODEL_CILIUM ? STR("cilium")
							: STR("clusterwide"),
	    .cilium = opt->cilium.number,
	    .traits = {{opt->ipv4, opt->ipv6}, opt->sctp,
		opt->extended_protocols},
	    .enforcement = str_of(enforcement_name(m->opt.enforcement)),
	    .allow_localhost = m->opt.allow_localhost,
	    .cluster_name = opt->cluster_name,
	};
}

static void
add_input(struct manifest_facts *to, struct arena *a, const struct source *s)
{
	char *hash = arena_alloc(a, HASH_STRLEN);

	hash_text(s->text, hash);
	*vec_push(&to->inputs, a) = (struct manifest_input){
	    .name = str_of(s->name),
	    .bytes = s->text.n,
	    .hash = str_of(hash),
	    .context = s->context,
	};
}

static void
add_policy(struct manifest_facts *to, struct arena *a, const struct policy *p)
{
	struct manifest_policy *added = vec_push(&to->policies, a);

	*added = (struct manifest_policy){
	    .image = str_of(p->name),
	    .program = str_of(p->program->name),
	    .entries = p->nentries,
	};
	VEC_FOREACH (id, &p->idents)
		*vec_push(&added->ids, a) = *id;
}

struct str
manifest_json(struct arena *a, const struct bundle_options *opt,
    const struct pmaps *m, const struct policies *policies,
    const bundle_file_vec *outputs)
{
	struct manifest_facts text = {
	    .cnpc = str_of(opt->version),
	    .options = options_of(m),
	    .outputs = *outputs,
	    .endpoints = m->world->endpoints.n,
	};

	VEC_FOREACH (s, &opt->sources->v)
		add_input(&text, a, s);
	VEC_FOREACH (id, &m->world->idents)
		text.identities[sec_id_scope(id->id.id)]++;
	for (size_t i = 1; i < m->redirects.n; i++)
		*vec_push(&text.redirects, a) =
		    (struct manifest_redirect){m->redirects.v[i].name,
			m->redirects.v[i].dir};
	VEC_FOREACH (p, &policies->list)
		add_policy(&text, a, *p);
	return manifest_text(a, &text);
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
