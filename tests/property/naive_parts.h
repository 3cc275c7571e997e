/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the oracle's files share. */

#include "naive.h"

#define NAMESPACE_KEY "io.kubernetes.pod.namespace"
#define NAMESPACE_LABEL_KEY "io.cilium.k8s.namespace.labels."
#define ACCOUNT_KEY "io.cilium.k8s.policy.serviceaccount"
#define CLUSTER_KEY "io.cilium.k8s.policy.cluster"

bool naive_equal(const char *a, const char *b);
bool naive_starts_with(const char *s, const char *prefix);

/* naive_version.c: the world's version is 1.MINOR or a later one. */
bool naive_minor(const struct toy *t, unsigned minor);

/* semantics.md 6.3: values of groups' labels are in their keys. */
bool naive_values_are_keys(const struct toy *t);

/* It is one of 1.MINOR, with this patch or a later one. */
bool naive_patch(const struct toy *t, unsigned minor, unsigned patch);

/* semantics.md 4.4: peers are of this cluster unless they say more. */
bool naive_is_local(const struct toy *t);

/* semantics.md 5.4: "world", "world-ipv4" or "world-ipv6". */
const char *naive_world_key(const struct toy *t, bool v6);

/* semantics.md 6.1: the prefix is there, and has this label besides. */
void naive_add_prefix(struct naive *n, const struct toy_prefix *p,
    struct naive_label own);
void naive_add_cidr_prefix(struct naive *n, const struct toy_prefix *p);

/* Of a node, the local one or another. */
bool naive_is_of_node(const struct naive_identity *id);

/* semantics.md 3.2 */
bool naive_selects(const struct naive_selector *s,
    const struct naive_identity *id);

/* semantics.md 11.10: it selects the identity or its aggregate. */
bool naive_reaches(const struct naive_selector *s,
    const struct naive_identity *id);
void naive_require(const struct naive *n, struct naive_selector *s,
    const char *key, const char *value);
void naive_require_exists(const struct naive *n, struct naive_selector *s,
    const char *key);
void naive_require_cluster(const struct naive *n, struct naive_selector *s);

/*
 * Appends what is written, each key without a source after PREFIX, but for
 * the matchLabels key BUT.
 */
void naive_written(const struct naive *n, struct naive_selector *out,
    const struct toy_selector *s, const char *prefix, const char *but);

void naive_add_peer(const struct naive *n, struct naive_entry *e,
    struct naive_selector s);
void naive_add_cidr(struct naive *n, struct naive_entry *e,
    const struct toy_cidr_rule *r);
/* Whatever has a prefix in P, which may be /0. */
void naive_add_within(const struct naive *n, struct naive_entry *e,
    const struct toy_prefix *p);
void naive_add_port(const struct naive *n, struct naive_entry *e,
    struct naive_port p);
void naive_add_any(const struct naive *n, struct naive_entry *e,
    struct naive_port p);

/* Whether A, with host bits, is B. */
bool naive_same_prefix(const struct toy_prefix *a, const struct toy_prefix *b);

/* naive_cilium.c, naive_kubernetes.c: 8 */
void naive_add_policy(struct naive *n, const struct toy_policy *p);
void naive_add_network_policy(struct naive *n,
    const struct toy_network_policy *p);
void naive_add_cluster_policy(struct naive *n,
    const struct toy_cluster_policy *p);

/* naive_merge.c: semantics.md 2.7, 10.5 */

bool naive_same_filter(const struct naive_contribution *a,
    const struct naive_contribution *b);

/* False: another contribution of the filter and selector counts instead. */
bool naive_merge(const struct naive_direction *s, size_t contribution,
    struct naive_merged *ret);

/* semantics.md 2.7: of two selectors of one filter, in 1.17. */
bool naive_parsers_meet(const struct naive_merged *a,
    const struct naive_merged *b);

/* Lower decides first. */
int naive_compare_level(const struct naive_entry *a,
    const struct naive_entry *b);

/*
 * naive_auth.c: the entries of one peer, one tier put in after the other, in
 * one of the orders that there may be; the type of a packet that is let
 * through.
 */
struct naive_map *naive_map(const struct naive_pair *p, unsigned order);
uint8_t naive_map_auth(const struct naive_map *m, uint8_t proto, uint16_t port);
