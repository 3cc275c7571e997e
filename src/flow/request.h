/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A request that a connection carries, against what a proxy lets pass: an HTTP
 * request, a DNS query or the server name of a TLS client.  What is not said
 * of the request, and what the policies keep elsewhere, such as secrets, stays
 * unknown: a rule matches, does not, or may.  Reasons are values; report/
 * words them.  Source: semantics.md 6.5, 6.6, 10.5.
 */

#include "base/map.h"
#include "lang/regex.h"
#include "pmap/pmap.h"

/* "Name: value" of a request. */
struct request_header {
	struct str name, value;
};

/* What is sent over the connection; .s NULL: not said. */
struct request {
	struct str method, path, host; /* of HTTP */
	VEC(struct request_header) headers;
	struct str dns; /* the name that is looked up */
	struct str sni; /* the server name that a TLS client sends */
};

/* Whether R says anything. */
bool request_is_asked(const struct request *r);

/*
 * The patterns of rules, compiled at first use, each once, in ARENA.  SCRATCH
 * is reset by whoever gets the matcher.  One matcher for each thread.
 */
struct matcher {
	struct arena *arena, *scratch;
	struct map patterns; /* text -> what it compiles to */
};

void matcher_init(struct matcher *x, struct arena *a, struct arena *scratch);

/* A connection that a policy hands to a proxy. */
struct proxied {
	const struct world *world;
	const struct pmap_direction *direction;
	ident_idx_t peer;
	uint8_t proto;
	uint16_t port;
	uint16_t redirect; /* of the entry; says which proxy */
	uint32_t level;    /* of the rule that decides */
	bool dns;          /* it is the DNS proxy */
};

/*
 * The next selector_policy at *AT, from 0, whose rules the proxy has for the
 * connection; NULL: no more.
 */
const struct pmap_selector_policy *proxied_next(const struct proxied *p,
    uint32_t *at);

enum ir_parser proxied_parser(const struct proxied *p);

/* What keeps a rule from matching. */
enum request_why {
	REQUEST_MATCHES,          /* nothing does */
	REQUEST_NOT_GIVEN,        /* NAME, a field, is not said */
	REQUEST_DIFFERS,          /* NAME is not VALUE, a pattern */
	REQUEST_INCOMPARABLE,     /* NAME and VALUE: the engine gives up */
	REQUEST_HEADER_NOT_GIVEN, /* NAME, which every request has */
	REQUEST_HEADER_MISSING,
	REQUEST_HEADER_DIFFERS, /* NAME is not VALUE */
	REQUEST_HEADER_SECRET,  /* the value of NAME is in a secret */
	REQUEST_NOT_HTTP,       /* a DNS query, and the rule is for HTTP */
	REQUEST_NOT_DNS,        /* the reverse */
	REQUEST_NAMELESS,       /* the rule has no name, and matches nothing */
	REQUEST_NAME_DIFFERS,   /* the name is not VALUE */
	REQUEST_SNI_NOT_GIVEN,
	REQUEST_SNI_DIFFERS,
	REQUEST_SNI_UNSETTLED, /* what stars in a server name match */
	REQUEST_LISTENER,      /* the Envoy listener decides */
};

struct request_match {
	enum lang_match match;
	enum request_why why;
	struct str name, value; /* as WHY says */
};

/* R against one rule of G, and the server names of G. */
struct request_match request_match(struct matcher *x, const struct request *r,
    struct version cilium, const struct pmap_selector_policy *g,
    const struct pmap_l7_rule *rule);

/*
 * What a DNS rule's name, or a server name, stands for in a version: equal
 * texts match the same names.
 */
struct str request_dns_name(struct arena *a, struct version cilium,
    const struct ast_fqdn_selector *d);
struct str request_server_name(struct arena *a, struct version cilium,
    struct str pattern);

enum request_answer {
	REQUEST_PASSES,
	REQUEST_UNKNOWN,
	REQUEST_REFUSED,
};

/* What gave the answer. */
enum request_cause {
	REQUEST_BY_RULES,
	REQUEST_BY_NO_RULE,  /* none tells what passes on the port */
	REQUEST_BY_RANGE,    /* a range from port 0, every port to the map */
	REQUEST_BY_OWN_NODE, /* a pod's own node passes every proxy */
	REQUEST_BY_OWN_NODE_UNSETTLED,
};

struct request_result {
	enum request_answer answer;
	enum request_cause cause;
};

/* What the proxy makes of R. */
struct request_result request_judge(struct matcher *x, const struct request *r,
    const struct proxied *p);
