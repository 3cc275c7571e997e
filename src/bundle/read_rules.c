/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents and the file that lead from an entry to a line of a policy:
 * rules.json, endpoints.json and maps/rules.img.
 */
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/reading.h"
#include "yaml/yaml_read.h"

/* A document, which is a list; NULL, and reported, when it is not. */
static const struct ynode *
read_list(struct reading *r, struct str name)
{
	const struct str *text = reading_file(r, r->ret->manifest->at, name);
	const struct ynode *list;

	if (!text)
		return NULL;
	list = json_read(r->arena, r->sink, *text,
	    source_add(r->sources, reading_path(r, name), *text), 0,
	    &ylimits_default);
	if (!list)
		r->ret->whole = false;
	else if (list->kind != Y_SEQ)
		reading_complain(r, list->at, "not a list", name.s);
	return r->ret->whole ? list : NULL;
}

static bool
is_number(const struct ynode *n, uint32_t min, uint32_t max)
{
	return n->kind == Y_INT && n->i >= min && n->i <= max;
}

/* The direction of this name; false when there is none. */
static bool
find_direction(const struct ynode *n, enum direction *ret_dir)
{
	for (int dir = 0; dir < 2; dir++) {
		if (n->kind == Y_STR &&
		    str_is(n->s, direction_name((enum direction)dir))) {
			*ret_dir = (enum direction)dir;
			return true;
		}
	}
	return false;
}

/* A rule of POLICY: [number, direction, line, column]. */
static void
read_rule(struct reading *r, const struct ynode *n,
    const struct bundle_rule *policy)
{
	uint32_t number = (uint32_t)r->ret->rules.n + 1;
	struct bundle_rule rule = *policy;

	if (n->kind != Y_SEQ || n->seq.n != 4 ||
	    !is_number(n->seq.v[0], number, number) ||
	    !find_direction(n->seq.v[1], &rule.dir) ||
	    !is_number(n->seq.v[2], 1, UINT32_MAX) ||
	    !is_number(n->seq.v[3], 1, UINT32_MAX)) {
		reading_complain(r, n->at, "not the next rule", BUNDLE_RULES);
		return;
	}
	rule.line = (uint32_t)n->seq.v[2]->i;
	rule.col = (uint32_t)n->seq.v[3]->i;
	*vec_push(&r->ret->rules, r->arena) = rule;
}

/* The name of the I-th of the manifest's inputs; none, and reported, else. */
static struct str
input_name(struct reading *r, struct span at, int64_t i)
{
	const struct ynode *inputs =
	    reading_member(r, r->ret->manifest, "inputs", Y_SEQ);

	if (!inputs)
		return (struct str){0};
	if (i < 0 || i >= inputs->seq.n) {
		reading_complain(r, at, "not the number of an input",
		    BUNDLE_RULES);
		return (struct str){0};
	}
	return reading_string(r, inputs->seq.v[i], "name");
}

static void
read_policy_rules(struct reading *r, const struct ynode *n)
{
	const struct ynode *input = reading_member(r, n, "input", Y_INT);
	const struct ynode *rules = reading_member(r, n, "rules", Y_SEQ);
	struct bundle_rule policy = {
	    .kind = reading_string(r, n, "kind"),
	    .ns = reading_string(r, n, "namespace"),
	    .name = reading_string(r, n, "name"),
	};

	if (!r->ret->whole)
		return;
	policy.file = input_name(r, input->at, input->i);
	for (uint32_t i = 0; i < rules->seq.n && r->ret->whole; i++)
		read_rule(r, rules->seq.v[i], &policy);
}

/* An endpoint, but for its rules; POLICIES by their images' names. */
static void
read_endpoint(struct reading *r, const struct ynode *n,
    const struct map *policies)
{
	const struct ynode *identity = reading_member(r, n, "identity", Y_INT);
	const struct ynode *image = ynode_get(n, "image");
	struct bundle_endpoint e = {
	    .ns = reading_string(r, n, "namespace"),
	    .name = reading_string(r, n, "name"),
	};

	if (!r->ret->whole)
		return;
	if (!is_number(identity, 1, UINT32_MAX)) {
		reading_complain(r, identity->at, "not an identity",
		    BUNDLE_ENDPOINTS);
		return;
	}
	e.identity = (uint32_t)identity->i;
	if (image && image->kind == Y_STR)
		e.policy = map_get(policies, image->s.s, image->s.n);
	if (image && !e.policy)
		reading_complain(r, image->at, "not the image of a policy",
		    BUNDLE_ENDPOINTS);
	*vec_push(&r->ret->endpoints, r->arena) = e;
}

/* What is wrong with the lists of an endpoint, or NULL. */
static const char *
check_lists(const struct bundle_content *c, const struct bundle_endpoint *e)
{
	for (int dir = 0; dir < 2; dir++) {
		uint32_t list = e->rules.list[dir];

		if (!e->policy && list != 0)
			return "an endpoint without a policy has rules";
		if (e->policy && list == 0)
			return "an endpoint with a policy has no rules";
		if (e->policy &&
		    c->lists.v.v[list - 1].nrows != e->policy->nrows[dir])
			return "an endpoint's rules are not those of its image";
	}
	return NULL;
}

/* Takes the lists of rules, and gives the endpoints theirs. */
static void
read_lists(struct reading *r)
{
	struct bundle_content *c = r->ret;
	struct span at = c->manifest->at;
	const struct str *bytes = reading_file(r, at, STR(BUNDLE_ROW_RULES));
	const char *problem = NULL;

	if (!bytes)
		return;
	if (rule_lists_read(&c->lists, r->arena, *bytes, &c->peers,
		(uint32_t)c->rules.n, &problem) &&
	    c->lists.nendpoints != c->endpoints.n)
		problem = "it is for another number of endpoints";
	for (size_t i = 0; i < c->endpoints.n && !problem; i++) {
		c->endpoints.v[i].rules = c->lists.endpoints[i];
		problem = check_lists(c, &c->endpoints.v[i]);
	}
	reading_is_image(r, at, BUNDLE_ROW_RULES, problem);
}

void
reading_rules(struct reading *r)
{
	const struct ynode *rules = read_list(r, STR(BUNDLE_RULES));
	const struct ynode *endpoints =
	    rules ? read_list(r, STR(BUNDLE_ENDPOINTS)) : NULL;
	struct map policies;

	if (!endpoints)
		return;
	map_init(&policies, r->arena);
	VEC_FOREACH (p, &r->ret->policies)
		*map_put(&policies, p->image.s, p->image.n) = p;
	for (uint32_t i = 0; i < rules->seq.n && r->ret->whole; i++)
		read_policy_rules(r, rules->seq.v[i]);
	for (uint32_t i = 0; i < endpoints->seq.n && r->ret->whole; i++)
		read_endpoint(r, endpoints->seq.v[i], &policies);
	if (r->ret->whole)
		read_lists(r);
}
