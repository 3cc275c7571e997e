/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest made once more: what it says of the other files is taken from
 * them, and only what they cannot know from the manifest itself.  It has to be
 * the same byte for byte.
 */
#include <string.h>

#include "base/hash.h"
#include "bundle/bundle.h"
#include "bundle/manifest.h"
#include "bundle/program.h"
#include "bundle/reading.h"
#include "bundle/shape.h"

static bool
read_bool(struct reading *r, const struct ynode *n, const char *key)
{
	const struct ynode *m = reading_member(r, n, key, Y_BOOL);

	return m && m->b;
}

/* One of WORDS, which end with NULL. */
static struct str
read_word(struct reading *r, const struct ynode *n, const char *key,
    const char *const *words)
{
	struct str word = reading_string(r, n, key);

	for (; *words; words++) {
		if (str_is(word, *words))
			return word;
	}
	reading_complain(r, n->at,
	    arena_printf(r->arena, "\"%s\" is not known", key), NULL);
	return word;
}

static struct manifest_options
read_options(struct reading *r, const struct ynode *n)
{
	static const char *const models[] = {"cilium", "clusterwide", NULL};
	static const char *const enforcements[] = {"default", "always", "never",
	    NULL};

	return (struct manifest_options){
	    .precedence = read_word(r, n, "precedence", models),
	    .cilium = r->ret->ipcache.cilium,
	    .traits = r->ret->traits,
	    .enforcement = read_word(r, n, "enforcement", enforcements),
	    .allow_localhost = read_bool(r, n, "allow_localhost"),
	    .cluster_name = reading_string(r, n, "cluster_name"),
	};
}

static void
read_inputs(struct reading *r, struct manifest_facts *m)
{
	const struct ynode *inputs =
	    reading_member(r, r->ret->manifest, "inputs", Y_SEQ);

	for (uint32_t i = 0; inputs && i < inputs->seq.n; i++) {
		const struct ynode *n = inputs->seq.v[i];
		const struct ynode *bytes =
		    reading_member(r, n, "bytes", Y_INT);

		*vec_push(&m->inputs, r->arena) = (struct manifest_input){
		    .name = reading_string(r, n, "name"),
		    .bytes = bytes ? (uint64_t)bytes->i : 0,
		    .hash = reading_string(r, n, "xxh3_128"),
		    .context = read_bool(r, n, "context"),
		};
	}
}

static void
read_redirects(struct reading *r, struct manifest_facts *m)
{
	VEC_FOREACH (redirect, &r->redirects)
		*vec_push(&m->redirects, r->arena) = *redirect;
}

/* The policies as the endpoints have them, in their order. */
static void
derive_policies(struct reading *r, struct manifest_facts *m)
{
	const struct bundle_content *c = r->ret;
	/* By policy: where it is in the manifest, from 1. */
	size_t *at = ARENA_ARRAY(r->arena, size_t, c->policies.n);

	VEC_FOREACH (e, &c->endpoints) {
		const struct bundle_policy *p = e->policy;
		size_t *slot = p ? &at[p - c->policies.v] : NULL;

		if (!p)
			continue;
		if (*slot == 0) {
			*vec_push(&m->policies, r->arena) =
			    (struct manifest_policy){
				.image = p->image,
				.program =
				    str_of(program_name(r->arena, p->object)),
				.entries = p->nentries,
			    };
			*slot = m->policies.n;
		}
		*vec_push(&m->policies.v[*slot - 1].ids, r->arena) =
		    e->identity;
	}
	VEC_FOREACH (p, &m->policies)
		p->ids.n = ids_unite(p->ids.v, p->ids.n);
}

static void
add_output(struct reading *r, struct manifest_facts *m, const char *name,
    bool with_sha256)
{
	const struct str *bytes =
	    reading_file(r, r->ret->manifest->at, str_of(name));
	struct bundle_file *f;

	if (!bytes)
		return;
	f = vec_push(&m->outputs, r->arena);
	*f = (struct bundle_file){.name = name, .bytes = *bytes};
	hash_text(f->bytes, f->hash);
	if (with_sha256)
		sha256_print(f->bytes, f->sha256);
}

/* The files that there have to be: one of each kind, and the programs. */
static void
derive_outputs(struct reading *r, struct manifest_facts *m)
{
	const struct ynode *listed =
	    reading_member(r, r->ret->manifest, "outputs", Y_SEQ);
	bool with_sha256 = listed && listed->seq.n > 0 &&
	    ynode_get(listed->seq.v[0], "sha256");
	struct map seen;

	for (size_t i = 0; i < BUNDLE_KINDS; i++)
		add_output(r, m, bundle_kinds[i], with_sha256);
	map_init(&seen, r->arena);
	VEC_FOREACH (p, &m->policies) {
		void **slot = map_put(&seen, p->program.s, p->program.n);

		if (!*slot)
			add_output(r, m, p->program.s, with_sha256);
		*slot = &seen;
	}
}

/* The line of S that begins at AT, without its indentation. */
static struct str
line_at(struct str s, size_t at)
{
	struct str line;

	at += strspn(s.s + at, " ");
	line = (struct str){s.s + at, strcspn(s.s + at, "\n")};
	return line;
}

static void
compare(struct reading *r, struct str got, struct str want)
{
	struct str has, gives;
	size_t at = 0, line = 0;

	if (str_eq(got, want))
		return;
	while (got.s[at] && got.s[at] == want.s[at]) {
		if (got.s[at++] == '\n')
			line = at;
	}
	has = line_at(got, line);
	gives = line_at(want, line);
	reading_complain(r, r->ret->manifest->at,
	    arena_printf(r->arena,
		"the manifest says '" STR_FMT "' where its files say '" STR_FMT
		"'",
		STR_ARG(has), STR_ARG(gives)),
	    NULL);
}

/* The results, which `verify` writes, are nobody's word but its own. */
static void
check_results(struct reading *r)
{
	const struct ynode *policies = ynode_get(r->ret->manifest, "policies");

	for (uint32_t i = 0; i < policies->seq.n; i++) {
		const struct ynode *result =
		    ynode_get(policies->seq.v[i], "verifier");
		struct span at = policies->seq.v[i]->at;
		const char *problem = result
		    ? shape_problem(r->arena, result, &shape_result, &at)
		    : "a policy has no \"verifier\"";

		if (problem)
			reading_complain(r, at, problem, NULL);
	}
}

void
reading_manifest(struct reading *r)
{
	const struct ynode *n = r->ret->manifest;
	struct manifest_facts m = {
	    .cnpc = reading_string(r, n, "cnpc"),
	    .options = read_options(r, ynode_get(n, "options")),
	    .endpoints = r->ret->endpoints.n,
	};

	read_inputs(r, &m);
	read_redirects(r, &m);
	derive_policies(r, &m);
	derive_outputs(r, &m);
	VEC_FOREACH (id, &r->ids)
		m.identities[sec_id_scope(*id)]++;
	if (r->ret->whole)
		check_results(r);
	if (!r->ret->whole)
		return;
	compare(r, manifest_print(r->arena, n, manifest_not_run, NULL),
	    manifest_text(r->arena, &m));
	if (r->ret->whole &&
	    !str_eq(manifest_print(r->arena, n, NULL, NULL), r->ret->text))
		reading_complain(r, n->at,
		    "the manifest is not printed as cnpc prints it", NULL);
	r->ret->digest = reading_string(r, n, "digest");
}
