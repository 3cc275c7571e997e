/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the datapath decides for one connection.  Both ends are asked: egress
 * where the source is an endpoint, ingress where the destination is one, and
 * the proxy where an entry hands the connection to one (semantics.md 13).
 *
 * This is made to be asked millions of times: it reads the maps alone and
 * allocates nothing.  Which rules are the reason is in explain.h.
 */

#include "cilium/direction.h"
#include "cilium/reason.h"
#include "flow/request.h"
#include "pmap/pmap.h"

/* Its type in ICMPv6: a version lets it pass a host's policy. */
#define NEIGHBOUR_SOLICITATION 135

struct flow_end {
	ident_idx_t ident;
	const struct pmap_class *class;  /* its policy; NULL: no endpoint */
	const struct endpoint *endpoint; /* NULL: none, or any of the class */
	bool unmapped; /* an address that is in no prefix of the ipcache */
};

/* A connection as policies see it: TO is a backend, never a Service. */
struct flow {
	struct flow_end from, to;
	uint8_t proto;                 /* IANA number */
	uint16_t port;                 /* of the destination; ICMP: the type */
	const struct request *request; /* NULL: nothing is said of one */
};

/* Whether a policy was asked, or why not. */
enum judge_state {
	JUDGE_ASKED,
	JUDGE_OUTSIDE,     /* not in the cluster */
	JUDGE_NODE,        /* a node without host policies */
	JUDGE_OWN_NODE,    /* a node and a pod of its own: not asked there */
	JUDGE_NO_SCTP,     /* the datapath drops SCTP, unasked */
	JUDGE_UNMANAGED,   /* a pod that Cilium does not manage */
	JUDGE_NO_ENDPOINT, /* the snapshot has none with this identity */
	JUDGE_LOOPBACK,    /* a pod and itself: no policy is asked */
	JUDGE_NEIGHBOUR,   /* a host asks for a neighbour: its policy is not */
	JUDGE_BROKEN,      /* Cilium can't resolve the policy */
};

/* From good to bad. */
enum flow_verdict {
	FLOW_ALLOWED, /* also where no policy is asked */
	FLOW_UNKNOWN,
	FLOW_REFUSED, /* the connection is let in, the request is not */
	FLOW_DROPPED,
};

/* What one end makes of the connection. */
struct judged_end {
	enum judge_state state;
	enum flow_verdict verdict;
	enum drop_reason reason; /* REASON_NONE: not dropped */
	ident_idx_t peer;        /* as its policy sees it */
	/* These when ASKED. */
	const struct pmap_direction *direction;
	struct pmap_result result;
	struct request_result request; /* if redirected and said */
};

struct judgement {
	struct judged_end end[2];  /* by enum direction: [DIR_EGRESS] is of
				    * the source */
	enum flow_verdict verdict; /* the worse one */
};

/* X is used when F says something of a request, else it may be NULL. */
struct judgement judge(const struct pmaps *m, const struct flow *f,
    struct matcher *x);

/* F as the proxy sees it that E, one of its ends, redirects it to; LEVEL is of
 * the rule that decides, UINT32_MAX for none. */
struct proxied judged_proxied(const struct pmaps *m, const struct flow *f,
    const struct judged_end *e, uint32_t level);
