/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of a bundle as tables, as bundle/documents.c and bundle/l7.c
 * write them, and the one check of all.
 */
#include "bundle/shape.h"

#include "base/str.h"

static const struct shape string = {.kind = Y_STR};
static const struct shape number = {.kind = Y_INT};
static const struct shape boolean = {.kind = Y_BOOL};
static const struct shape strings = {.kind = Y_SEQ, .items = &string};
static const struct shape numbers = {.kind = Y_SEQ, .items = &number};
static const struct shape list = {.kind = Y_SEQ};

/* Members: one that there has to be, one that there may be. */
#define HAS(key, of)              \
	{                         \
		key, &(of), false \
	}
#define MAY(key, of)             \
	{                        \
		key, &(of), true \
	}
#define END                       \
	{                         \
		NULL, NULL, false \
	}

/* identities.json */
static const struct shape_member identity_members[] = {HAS("id", number),
    HAS("scope", string), MAY("prefix", string), HAS("labels", strings), END};
static const struct shape identity = {.kind = Y_MAP,
    .members = identity_members};
const struct shape shape_identities = {.kind = Y_SEQ, .items = &identity};

/* endpoints.json */
static const struct shape_member l7_refs_members[] = {MAY("ingress", number),
    MAY("egress", number), END};
static const struct shape l7_refs = {.kind = Y_MAP, .members = l7_refs_members};
static const struct shape_member endpoint_members[] = {HAS("namespace", string),
    HAS("name", string), HAS("identity", number), HAS("ips", strings),
    MAY("image", string), MAY("l7", l7_refs), MAY("error", string), END};
static const struct shape endpoint = {.kind = Y_MAP,
    .members = endpoint_members};
const struct shape shape_endpoints = {.kind = Y_SEQ, .items = &endpoint};

/* rules.json; a rule is a list of its own. */
static const struct shape_member policy_members[] = {HAS("kind", string),
    HAS("namespace", string), HAS("name", string), HAS("input", number),
    HAS("rules", list), END};
static const struct shape policy = {.kind = Y_MAP, .members = policy_members};
const struct shape shape_rules = {.kind = Y_SEQ, .items = &policy};

/* l7.json */
static const struct shape_member secret_members[] = {MAY("namespace", string),
    MAY("name", string), END};
static const struct shape secret = {.kind = Y_MAP, .members = secret_members};
static const struct shape_member header_match_members[] = {MAY("name", string),
    MAY("value", string), MAY("secret", secret), MAY("mismatch", string), END};
static const struct shape header_match = {.kind = Y_MAP,
    .members = header_match_members};
static const struct shape header_matches = {.kind = Y_SEQ,
    .items = &header_match};
static const struct shape_member http_members[] = {MAY("method", string),
    MAY("path", string), MAY("host", string), HAS("headers", strings),
    HAS("header_matches", header_matches), END};
static const struct shape http = {.kind = Y_MAP, .members = http_members};
static const struct shape_member dns_members[] = {MAY("match_name", string),
    MAY("match_pattern", string), END};
static const struct shape dns = {.kind = Y_MAP, .members = dns_members};
static const struct shape_member l7_rule_members[] = {HAS("kind", string),
    HAS("namespace", string), HAS("name", string), MAY("file", string),
    MAY("line", number), MAY("http", http), MAY("dns", dns), MAY("all", string),
    END};
static const struct shape l7_rule = {.kind = Y_MAP, .members = l7_rule_members};
static const struct shape l7_rules = {.kind = Y_SEQ, .items = &l7_rule};
static const struct shape_member selector_members[] = {HAS("selector", string),
    MAY("any", boolean), MAY("identities", numbers), END};
static const struct shape selector = {.kind = Y_MAP,
    .members = selector_members};
static const struct shape selectors = {.kind = Y_SEQ, .items = &selector};
static const struct shape_member tls_members[] = {MAY("secret", secret),
    MAY("trusted_ca", string), MAY("certificate", string),
    MAY("private_key", string), END};
static const struct shape tls = {.kind = Y_MAP, .members = tls_members};
static const struct shape_member grant_members[] = {HAS("level", number),
    HAS("protocol", string), HAS("port", number), MAY("end_port", number),
    HAS("selector", number), MAY("parser", string), MAY("redirect", string),
    MAY("proxy_port", number), MAY("listener_priority", number),
    MAY("terminating_tls", tls), MAY("originating_tls", tls),
    MAY("server_names", strings), HAS("rules", numbers), END};
static const struct shape grant = {.kind = Y_MAP, .members = grant_members};
static const struct shape grants = {.kind = Y_SEQ, .items = &grant};
static const struct shape_member direction_members[] = {HAS("direction",
							    string),
    HAS("grants", grants), END};
static const struct shape direction = {.kind = Y_MAP,
    .members = direction_members};
static const struct shape directions = {.kind = Y_SEQ, .items = &direction};
static const struct shape_member l7_members[] = {HAS("rules", l7_rules),
    HAS("selectors", selectors), HAS("directions", directions), END};
const struct shape shape_l7 = {.kind = Y_MAP, .members = l7_members};

/* A verifier's result, as `verify` writes it. */
static const struct shape_member figures_members[] = {HAS("name", string),
    HAS("instructions", number), HAS("bytes", number), END};
static const struct shape figures = {.kind = Y_MAP, .members = figures_members};
static const struct shape programs = {.kind = Y_SEQ, .items = &figures};
static const struct shape_member result_members[] = {HAS("status", string),
    MAY("reason", string), MAY("kernel", string), MAY("programs", programs),
    MAY("packets", number), MAY("wrong", number), END};
const struct shape shape_result = {.kind = Y_MAP, .members = result_members};

/* The same of what is the member KEY, or when that is NULL an item. */
static const char *check(struct arena *a, const struct ynode *n,
    const struct shape *shape, const char *key, struct span *ret_at);

static const char *
wrong_type(struct arena *a, const struct shape *shape, const char *key)
{
	if (!key)
		return arena_printf(a, "an item is to be of type %s",
		    ynode_kind_name(shape->kind));
	return arena_printf(a, "\"%s\" is to be of type %s", key,
	    ynode_kind_name(shape->kind));
}

static const char *
check_members(struct arena *a, const struct ynode *n, const struct shape *shape,
    struct span *ret_at)
{
	const struct ypair *next = n->map.v, *end = next + n->map.n;
	const char *problem = NULL;

	for (const struct shape_member *m = shape->members; m->key; m++) {
		if (next < end && str_is(next->key, m->key))
			problem =
			    check(a, next++->value, m->shape, m->key, ret_at);
		else if (!m->optional)
			problem = wrong_type(a, m->shape, m->key);
		if (problem)
			return problem;
	}
	if (next == end)
		return NULL;
	*ret_at = next->key_at;
	return arena_printf(a, "\"" STR_FMT "\" is not to be there",
	    STR_ARG(next->key));
}

static const char *
check(struct arena *a, const struct ynode *n, const struct shape *shape,
    const char *key, struct span *ret_at)
{
	const char *problem = NULL;

	*ret_at = n->at;
	if (n->kind != shape->kind)
		return wrong_type(a, shape, key);
	if (shape->members)
		return check_members(a, n, shape, ret_at);
	for (uint32_t i = 0; shape->items && i < n->seq.n && !problem; i++)
		problem = check(a, n->seq.v[i], shape->items, NULL, ret_at);
	return problem;
}

const char *
shape_problem(struct arena *a, const struct ynode *n, const struct shape *shape,
    struct span *ret_at)
{
	return check(a, n, shape, NULL, ret_at);
}
