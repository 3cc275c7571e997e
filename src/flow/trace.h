/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The answer to a question about connections: who the two ends are that it
 * names (resolve.h), what is decided between them (judge.h), and which rules
 * say so (explain.h).  Nothing is printed here; report/trace.h does that.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "diag/diag.h"
#include "flow/explain.h"
#include "flow/judge.h"
#include "flow/origin.h"
#include "flow/query.h"
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
	bool unlisted; /* it has no backends in the input, and may have some */
	/* By identity and port; one unless by labels or of a Service. */
	VEC(struct trace_end) ends;
	/* The end is one of these, and which one is not known: what they do
	 * not agree on is unknown. */
	bool either;
	const struct node *node_port; /* it is a Service's on this node */
};

/* One identity to another. */
struct trace_pair {
	const struct trace_end *from, *to;
	struct flow flow;
	struct judgement judgement;
	/* A policy that is not known in full and may decide otherwise, by
	 * enum direction; NULL: there is none. */
	const struct object *uncertain[2];
	struct explanation explanation[2]; /* by enum direction, of the ends
					    * that were asked */
};

struct trace {
	const struct query *query;
	const struct pmaps *pmaps;
	const struct object_list *objects;
	uint8_t family;   /* enum ip_family */
	uint32_t refused; /* policy objects that were left out */
	struct trace_party from, to;
	struct trace_party via; /* a node that the Service is translated on */
	/* By source, then destination; none when a Service has no backends. */
	VEC(struct trace_pair) pairs;
	enum flow_verdict verdict; /* the worst of all pairs */
};

/*
 * Whether a pod's connection to a Service's port on a node is translated at the
 * pod; else it is on that node, which the pod's policy sees.
 */
bool trace_at_client(const struct ir_options *opt);

/*
 * Answers Q.  False: it can't be answered, as an error in SINK says.  The
 * result is in A and points into all arguments but SINK.
 */
bool trace_run(struct trace *t, struct arena *a, struct diag_sink *sink,
    const struct pmaps *m, const struct object_list *objects,
    const struct query *q);

/*
 * Who the one end TO, or else FROM, of Q is, whatever the other one; of Q only
 * its port counts besides.  False: an error is in SINK.
 */
bool trace_resolve(struct trace_party *ret_party, struct arena *a,
    struct diag_sink *sink, const struct pmaps *m,
    const struct object_list *objects, const struct query *q, bool to);

/* Pairs of the same verdict, for the same reasons at both ends. */
struct trace_group {
	const struct trace_pair *witness; /* the first of them */
	uint32_t npairs;
};

typedef VEC(struct trace_group) trace_groups;

/* The groups of all pairs, by their first one; of no more than one pair each
 * unless the query says so. */
void trace_group_pairs(trace_groups *ret, struct arena *a,
    const struct trace *t);

/* Whether no policy is asked because the input has no backend of the Service:
 * it has none, REASON_NO_BACKEND, or, to.unlisted, which it has is unknown. */
bool trace_no_backend(const struct trace *t);

/* The model of precedence that the answer goes by. */
enum ir_model trace_model(const struct trace *t);

/* What the proxy is called that a judged end redirects to; "" for none. */
struct str trace_proxy(const struct trace *t, const struct judged_end *e);
