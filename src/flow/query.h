/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is asked about a connection: its two ends and its port, from the words
 * of a command line.  An end is
 *
 *     shop/web-0           a pod; without namespace: in the default one
 *     deploy/shop/web      the pods of a workload; shop/web as well, where
 *                          no pod has the name
 *     shop/app=web,!canary pods by labels, as kubectl -l writes them; a star
 *                          for labels: all pods of the namespace
 *     10.0.0.7, 2001:db8:: an address
 *     world                a reserved identity
 *     svc/shop/api         a Service, as a destination
 *     node/worker-1        a node, unless a pod of a namespace "node"
 *
 * and a port is 443/tcp, 443 (TCP) or 8/icmp (the type).  A destination may
 * have it after a colon: shop/web-0:443/tcp, [2001:db8::]:443.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cidr.h"
#include "base/str.h"
#include "flow/request.h"
#include "ident/world.h"
#include "lang/selector.h"

enum query_who {
	QUERY_POD,
	QUERY_WORKLOAD,
	QUERY_LABELS,
	QUERY_ADDRESS,
	QUERY_ENTITY,
	QUERY_SERVICE,
	QUERY_IDENTITIES, /* not from words: of a recording */
};

/* An identity, and one of COUNT endpoints that have it, or NULL. */
struct query_identity {
	ident_idx_t ident;
	const struct endpoint *endpoint;
	uint32_t count;
};

/* Several: all of them, or EITHER, which means one and which is not known. */
struct query_identities {
	VEC(struct query_identity) v;
	bool either;
};

struct query_end {
	struct str text; /* as written */
	enum query_who who;
	struct str ns;    /* of POD, WORKLOAD, LABELS and SERVICE */
	struct str name;  /* of POD, WORKLOAD, ENTITY and SERVICE */
	const char *kind; /* of WORKLOAD; NULL: any */
	struct lang_selector labels;
	struct ip ip;
	const struct query_identities *identities;
};

struct query {
	struct query_end from, to;
	uint8_t proto;  /* IANA number */
	uint16_t port;  /* ICMP: the type */
	uint8_t family; /* enum ip_family; 0: as the ends have it */
	struct request request;
	bool explain_identity; /* how each label came about */
	bool walk;             /* what each rule says */
	bool grouped;          /* pairs that are alike are told of once */
};

/*
 * These return NULL, or in A what is wrong with the words.  Nothing is looked
 * up: a pod need not exist.
 */
const char *query_parse_end(struct arena *a, struct str text,
    struct str default_ns, struct query_end *ret_end);

/*
 * PORT and PROTO are absent (.s NULL) when not given; PROTO alone does for
 * ICMP, where it means an echo request.  Sets proto and port.
 */
const char *query_parse_port(struct arena *a, struct str port, struct str proto,
    struct query *ret_query);

/*
 * Takes ":443/tcp" off the end of *TEXT, and the brackets of "[2001:db8::]"
 * before it; false, and nothing is changed: it has no port.
 */
bool query_split_port(struct str *text, struct str *ret_port);

/* TEXT is "Name: value", or "Name:" for an empty value. */
const char *query_parse_header(struct arena *a, struct str text,
    struct request_header *ret_header);

/* Whether the request of a query whose port is parsed makes sense. */
const char *query_check_request(const struct query *q);

/* "443/tcp", "8/icmp", "53/udp". */
const char *query_print_port(struct arena *a, uint8_t proto, uint16_t port);

/* The name of a reserved identity that TEXT may be a slip for, or NULL. */
const char *query_near_entity(struct str text);
