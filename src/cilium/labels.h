/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Labels of identities: the sources that Cilium puts before a key ("k8s:app"),
 * and the keys that it sets itself.  Source: semantics.md 4.1, 6.3.
 */

#include <stdbool.h>

#include "base/str.h"

#define SOURCE_ANY "any" /* in a selector only: every source */
#define SOURCE_K8S "k8s"
#define SOURCE_GENERATED "gen" /* by the agent, from other than labels */
#define SOURCE_RESERVED "reserved"
#define SOURCE_CIDR "cidr"
#define SOURCE_CIDR_GROUP "cidrgroup"
#define SOURCE_FQDN "fqdn"
#define SOURCE_NODE "node"

/* A pod's namespace, cluster and service account. */
#define LABEL_NAMESPACE "io.kubernetes.pod.namespace"
#define LABEL_CLUSTER "io.cilium.k8s.policy.cluster"
#define LABEL_ACCOUNT "io.cilium.k8s.policy.serviceaccount"

/*
 * The names of a pod's ports: "http.TCP.8080_metrics.TCP.9090", in as many
 * labels as it takes: all but the first end in "-1", "-2" and so on.
 */
#define LABEL_NAMED_PORTS "io.cilium.k8s.named-ports"

/* A prefix: the labels of a pod's namespace have it before their keys. */
#define LABEL_OF_NAMESPACE "io.cilium.k8s.namespace.labels."

/* A prefix: the name of a CiliumCIDRGroup is after it. */
#define LABEL_CIDR_GROUP "io.cilium.policy.cidrgroupname/"

/* A prefix: nobody else may set these labels. */
#define LABEL_CILIUM "io.cilium.k8s"

/* The API server gives every Namespace its name in this label. */
#define LABEL_METADATA_NAME "kubernetes.io/metadata.name"

/* Whether nobody wrote the label: it comes from the namespace and so on. */
static inline bool
label_is_derived(struct str key)
{
	return str_starts(key, STR(LABEL_CILIUM)) ||
	    str_starts(key, STR("io.kubernetes.pod"));
}
