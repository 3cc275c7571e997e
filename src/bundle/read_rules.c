/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents and the file that lead from an entry to a line of a policy:
 * rules.json, endpoints.json and maps/rules.img.
 */
#include <string.h>

#include "bundle/bundle.h"
#include "bundle/reading.h"
#include "bundle/shape.h"
#include "yaml/yaml_read.h"

const struct ynode *
reading_document(struct reading *r, const char *name, const struct shape *shape)
{
	const struct str *text =
	    reading_file(r, r->ret->manifest->at, str_of(name));
	const struct ynode *n;
	const char *problem;
	struct span at;

	if (!text)
		return NULL;
	n = reading_json(r, str_of(name), *text);
	problem = n ? shape_problem(r->arena, n, shape, &at) : NULL;
	if (problem)
		reading_complain(r, at, problem, name);
	if (!n)
		r->ret->whole = false;
	return r->ret->whole ? n : NULL;
}

static bool
is_number(const struct ynode *n, uint32_t min, uint32_t max)
{
	return n->kind == Y_INT && n->i >= min && n->i <= max;
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
	    n->seq.v[1]->kind != Y_STR ||
	    !direction_find(n->seq.v[1]->s, &rule.dir) ||
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
	const struct ynode *input = ynode_get(n, "input");
	const struct ynode *rules = ynode_get(n, "rules");
	struct bundle_rule policy = {
	    .kind = ynode_get(n, "kind")->s,
	    .ns = ynode_get(n, "namespace")->s,
	    .name = ynode_get(n, "name")->s,
	};

	policy.file = input_name(r, input->at, input->i);
	for (uint32_t i = 0; i < rules->seq.n && r->ret->whole; i++)
		read_rule(r, rules->seq.v[i], &policy);
}

/* Takes the addresses of an endpoint; what is wrong with one, or NULL. */
static const char *
read_addresses(struct reading *r, const struct ynode *ips,
    struct bundle_endpoint *e)
{
	for (uint32_t i = 0; i < ips->seq.n; i++) {
		struct str text = ips->seq.v[i]->s;
		char printed[CIDR_STRLEN];
		struct ip ip;

		if (!ip_parse(text, &ip) ||
		    !str_is(text, ip_print(&ip, printed)))
			return "not an address";
		*vec_push(&e->ips, r->arena) = ip;
		/* What has no namespace is a node. */
		if (e->ns.n > 0 && r->ret->traits.family[ip.family - 1])
			*vec_push(&r->addresses, r->arena) =
			    (struct ipcache_record){cidr_of_ip(&ip),
				e->identity};
	}
	return NULL;
}

/* Endpoints are in order, by namespace and name. */
static bool
is_next(const struct reading *r, const struct bundle_endpoint *e)
{
	const struct bundle_endpoint *last;
	int c;

	if (r->ret->endpoints.n == 0)
		return true;
	last = &r->ret->endpoints.v[r->ret->endpoints.n - 1];
	c = str_compare(last->ns, e->ns);
	return c < 0 || (c == 0 && str_compare(last->name, e->name) <= 0);
}

/* An endpoint, but for its rules; what is wrong with it, or NULL. */
static const char *
read_endpoint(struct reading *r, const struct ynode *n,
    const struct map *policies)
{
	const struct ynode *identity = ynode_get(n, "identity");
	const struct ynode *image = ynode_get(n, "image");
	const struct ynode *l7 = ynode_get(n, "l7");
	struct bundle_endpoint e = {
	    .ns = ynode_get(n, "namespace")->s,
	    .name = ynode_get(n, "name")->s,
	};
	const char *problem;

	if (!is_next(r, &e))
		return "not the next endpoint";
	if (!is_number(identity, 1, UINT32_MAX) ||
	    !reading_knows(r, (uint32_t)identity->i))
		return "not an identity";
	e.identity = (uint32_t)identity->i;
	if (!image == !ynode_get(n, "error") || (l7 && !image))
		return "it has an image or an error";
	if (image)
		e.policy = map_get(policies, image->s.s, image->s.n);
	if (image && !e.policy)
		return "not the image of a policy";
	problem = read_addresses(r, ynode_get(n, "ips"), &e);
	if (!problem && e.policy)
		problem = reading_l7_problem(r, l7, e.policy);
	*vec_push(&r->ret->endpoints, r->arena) = e;
	return problem;
}

static void
read_endpoints(struct reading *r)
{
	const struct ynode *list =
	    reading_document(r, BUNDLE_ENDPOINTS, &shape_endpoints);
	struct map policies;

	map_init(&policies, r->arena);
	VEC_FOREACH (p, &r->ret->policies)
		*map_put(&policies, p->image.s, p->image.n) = p;
	for (uint32_t i = 0; list && i < list->seq.n && r->ret->whole; i++) {
		const char *problem =
		    read_endpoint(r, list->seq.v[i], &policies);

		if (problem)
			reading_complain(r, list->seq.v[i]->at, problem,
			    BUNDLE_ENDPOINTS);
	}
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

/* Whether the rules of a list judge traffic in its direction. */
static bool
is_directed(const struct bundle_content *c, const struct rule_list *list,
    enum direction dir)
{
	for (uint32_t i = 0; i < list->nshares; i++) {
		uint32_t rule = list->shares[i].rule;

		if (rule > 0 && c->rules.v[rule - 1].dir != dir)
			return false;
	}
	return true;
}

/* Gives the endpoints their lists, each of which belongs to one. */
static const char *
assign_lists(struct reading *r)
{
	struct bundle_content *c = r->ret;
	/* [list * 2 + direction]: it was met. */
	bool *met = ARENA_ARRAY(r->arena, bool, (c->lists.v.n + 1) * 2);

	for (size_t i = 0; i < c->endpoints.n; i++) {
		struct bundle_endpoint *e = &c->endpoints.v[i];
		const char *problem;

		e->rules = c->lists.endpoints[i];
		problem = check_lists(c, e);
		for (int dir = 0; dir < 2 && !problem && e->policy; dir++) {
			uint32_t list = e->rules.list[dir];

			if (!met[list * 2 + dir] &&
			    !is_directed(c, &c->lists.v.v[list - 1],
				(enum direction)dir))
				problem = "a row has a rule of the other "
					  "direction";
			met[list * 2 + dir] = true;
		}
		if (problem)
			return problem;
	}
	for (size_t i = 1; i <= c->lists.v.n; i++) {
		if (!met[i * 2] && !met[i * 2 + 1])
			return "a list belongs to no endpoint";
	}
	return NULL;
}

/* Takes the lists of rules. */
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
	if (!problem)
		problem = assign_lists(r);
	reading_is_image(r, at, BUNDLE_ROW_RULES, problem);
}

void
reading_rules(struct reading *r)
{
	const struct ynode *rules =
	    reading_document(r, BUNDLE_RULES, &shape_rules);

	for (uint32_t i = 0; rules && i < rules->seq.n && r->ret->whole; i++)
		read_policy_rules(r, rules->seq.v[i]);
	if (r->ret->whole)
		reading_l7(r);
	if (r->ret->whole)
		read_endpoints(r);
	if (r->ret->whole)
		read_lists(r);
}
