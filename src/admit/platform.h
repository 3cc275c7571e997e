/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a managed platform takes of what Cilium can do, for --profile.  All of
 * it is one table, a row a feature: what each platform does with it, since
 * when, what the platform's documentation says, what to use instead.  What has
 * no row is as in Cilium itself.
 */

#include "base/word.h"
#include "diag/diag.h"
#include "schema/object.h"

enum platform {
	PLATFORM_OSS, /* Cilium as such: every row is allowed */
	PLATFORM_AKS,
	PLATFORM_AKS_ACNS, /* with Advanced Container Networking Services */
	PLATFORMS,
};

enum platform_feature {
	PLATFORM_FQDNS,
	PLATFORM_DNS_RULES,
	PLATFORM_NODE_DNS,
	PLATFORM_SERVICE_NAMES,
	PLATFORM_HTTP_RULES,
	PLATFORM_CLUSTERWIDE_HTTP,
	PLATFORM_KAFKA_RULES,
	PLATFORM_AUTHENTICATION,
	PLATFORM_INGRESS_ENTITY,
	PLATFORM_API_SERVER_INGRESS,
	PLATFORM_HOST_POLICY,
	PLATFORM_MTLS_NAMESPACE,
	PLATFORM_HOST_NETWORK,
	PLATFORM_ENCRYPTION,
	PLATFORM_FEATURES,
};

enum platform_answer {
	PLATFORM_ALLOWED,
	PLATFORM_REFUSED, /* at admission: an error, the object is left out */
	PLATFORM_IGNORED, /* taken, but does not do what it says: a warning */
	PLATFORM_NOTED,   /* no policy field: a note */
};

struct platform_row {
	const char *name;                       /* "rules.http" */
	enum platform_answer answer[PLATFORMS]; /* by enum platform */
	const char *why;     /* completes "PLATFORM refuses NAME: ..." */
	const char *since;   /* of what is allowed; NULL: always */
	const char *source;  /* what the documentation says, a sentence */
	const char *instead; /* NULL: nothing */
};

/* A version of Kubernetes that a platform offers, the newest first. */
struct platform_kubernetes {
	const char *name; /* "1.36"; NULL ends the list */
	unsigned cilium;  /* that it runs; 0: one that is not modelled */
	const char *old;  /* its name then */
};

/* What a platform has room for. */
struct platform_limits {
	uint32_t map_entries; /* in the policy map of one endpoint */
	uint32_t identities;  /* of pods, in a cluster */
	const char *date;     /* when the platform said all this */
};

extern const struct platform_row platform_rows[PLATFORM_FEATURES];

/* The words of --profile. */
extern const struct word platform_words[];

/* "aks" */
const char *platform_name(enum platform p);

/* What the platform offers; NULL: any Kubernetes has any Cilium. */
const struct platform_kubernetes *platform_kubernetes(enum platform p);

/* NULL: no more than Cilium's own. */
const struct platform_limits *platform_limits(enum platform p);

/* Reports at AT what P does with a feature, unless it allows it. */
struct diag *platform_report(struct diag_sink *sink, enum platform p,
    enum platform_feature feature, struct span at);

/* "allowed", "refused", "ignored", "noted". */
const char *platform_answer_name(enum platform_answer a);

/*
 * Reports what P does not take or does otherwise in every object that is
 * OBJECT_OK; policies that it refuses become OBJECT_REJECTED_PLATFORM.
 */
void platform_check(struct diag_sink *sink, enum platform p,
    struct object_list *objects);
