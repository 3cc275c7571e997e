/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One connection against the policies: who its two ends are, what each end's
 * policy says, and which rule says so.  Both ends are judged: egress where
 * the source is an endpoint, ingress where the destination is one
 * (semantics.md 13).  Nothing is printed here; report/trace.h does that.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "diag/diag.h"
#include "flow/origin.h"
#include "flow/query.h"
#include "flow/request.h"
#include "pmap/pmap.h"
#include "schema/object.h"

/* An identity at one end; two of the same differ in the policy's class. */
struct trace_end {
	ident_idx_t ident;
	const struct pmap_class *class;  /* NULL: no endpoint, no policy */
	const struct endpoint *endpoint; /* the one asked for, or the first of
					  * those; NULL: no endpoint */
	uint32_t nendpoints; /* of those asked for, that have the identity */
	uint16_t port;       /* what a policy sees of a destination */
	struct ip ip; /* of a Service's backend that is no endpoint here */
	label_origins origins; /* if asked for */
};

/* One end of the question, resolved. */
struct trace_party {
	const struct query_end *asked;
	struct str node;              /* of whose addresses it is one, or "" */
	struct cidr prefix;           /* of the ipcache, for an address */
	const struct object *service; /* that was translated; or NULL */
	const struct ast_service_port *service_port; /* NULL: headless */
	/* By identity and port; one unless by labels or of a Service. */
	VEC(struct trace_end) ends;
};

/* Whether a policy was asked, or why not. */
enum trace_judged {
	TRACE_JUDGED,
	TRACE_OUTSIDE,     /* not in the cluster */
	TRACE_NODE,        /* a node without host policies */
	TRACE_OWN_NODE,    /* a node and a pod of its own: not asked there */
	TRACE_NO_SCTP,     /* the datapath drops SCTP, unasked */
	TRACE_UNMANAGED,   /* a pod that Cilium does not manage */
	TRACE_NO_ENDPOINT, /* the snapshot has none with this identity */
	TRACE_LOOPBACK,    /* a pod and itself: no policy is asked */
	TRACE_BROKEN,      /* Cilium can't resolve the policy */
};

/* What gave the verdict of a judged direction. */
enum trace_cause {
	TRACE_BY_RULE,
	TRACE_BY_NO_POLICY,     /* none selects the endpoint: allowed */
	TRACE_BY_DEFAULT_ALLOW, /* no rule denies, nor asks for default deny */
	TRACE_BY_LOCAL_HOST,    /* no rule denies, and the host gets in */
	TRACE_BY_DEFAULT_DENY,
	TRACE_BY_FORCE, /* default deny by --enforcement or a label "init" */
};

/* What became of a rule that matched. */
enum trace_role {
	TRACE_DECIDES,
	TRACE_AGREES,         /* says the same, needlessly */
	TRACE_PASSES,         /* a pass that left it to the next tier */
	TRACE_PASSED_OVER,    /* a pass in its tier came before it */
	TRACE_LOSES_TIER,     /* a stronger tier had decided */
	TRACE_LOSES_RANK,     /* a stronger priority of its tier had decided */
	TRACE_LOSES_TO_DENY,  /* deny comes before allow and pass */
	TRACE_LOSES_TO_ALLOW, /* allow comes before pass */
};

/* One end's judgement. */
struct trace_direction {
	enum trace_judged judged;
	const char *error; /* of BROKEN */
	/* the rest when JUDGED */
	const struct pmap_direction *direction;
	struct pmap_result result; /* what the map says */
	struct pmap_why why;       /* what the rules say; never the contrary */
	enum trace_role *role;     /* [why.matches.n] */
	enum trace_cause cause;
	const struct pmap_match *decider; /* for BY_RULE */
	/* What the proxy makes of it; when result is PMAP_REDIRECTED. */
	struct request_result request;
};

enum trace_verdict {
	TRACE_ALLOWED,
	TRACE_UNKNOWN, /* by one direction, and the other does not drop */
	TRACE_REFUSED, /* the connection is let in, the request is not */
	TRACE_DROPPED,
};

/* One identity to another. */
struct trace_pair {
	const struct trace_end *from, *to;
	struct trace_direction direction[2]; /* by enum direction */
	enum trace_verdict verdict;
};

struct trace {
	const struct query *query;
	const struct pmaps *pmaps;
	uint8_t family;   /* enum ip_family */
	uint32_t refused; /* policy objects that were left out */
	struct trace_party from, to;
	/* By source, then destination; none when a Service has no backends. */
	VEC(struct trace_pair) pairs;
	enum trace_verdict verdict; /* the worst of all pairs */
};

/*
 * Answers Q.  False: it can't be answered, as an error in SINK says.  The
 * result is in A and points into all arguments but SINK.
 */
bool trace_run(struct trace *t, struct arena *a, struct diag_sink *sink,
    const struct pmaps *m, const struct object_list *objects,
    const struct query *q);

/* The verdict of one direction; of one that is not judged TRACE_ALLOWED. */
enum trace_verdict trace_direction_verdict(const struct trace *t,
    const struct trace_direction *s);

/* Why a judged direction drops; REASON_NONE when it passes. */
enum drop_reason trace_drop_reason(const struct trace_direction *s);

/* Whether the connection fails before any policy is asked: its Service has
 * no backends: REASON_NO_BACKEND. */
bool trace_no_backend(const struct trace *t);

/* Whether a host policy was asked about an address that is in no prefix. */
bool trace_host_sees_nobody(const struct trace *t);

/* What the proxy is called that a judged direction redirects to; "" for none.
 */
struct str trace_proxy(const struct trace *t, const struct trace_direction *s);
