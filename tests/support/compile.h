/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Compiles YAML from memory in a test.  What should not be so fails the test.
 *
 *     struct unit u;
 *
 *     compile_clean(&u, NULL, POD("shop", "web", "10.0.0.1"));
 *     got = pmap_lookup(compile_direction(&u, "shop/web", DIR_INGRESS),
 *         compile_ident(&u, "world-ipv4"), 6, 80);
 *     unit_free(&u);
 */

#include "driver/unit.h"

/*
 * Compiles YAML, whose name is "in.yaml"; OPT is NULL for the defaults. The
 * caller frees U with unit_free().
 */
void compile(struct unit *u, const struct unit_options *opt, const char *yaml);

/* The same, and fails when a stage did not run or any error was found. */
void compile_clean(struct unit *u, const struct unit_options *opt,
    const char *yaml);

/* "3:5 CNP101 text\n" for each finding, in order; "" for none. */
const char *compile_findings(struct unit *u);

/* The identity of a pod "ns/name", of an address or of a reserved name. */
ident_idx_t compile_ident(const struct unit *u, const char *name);

/* One direction of the policy map of a pod "ns/name". */
const struct pmap_direction *compile_direction(const struct unit *u,
    const char *pod, enum direction dir);

/* Writes B to DIR; 0 or an errno value, as bundle_open() and bundle_write(). */
int compile_write(const struct bundle *b, struct arena *a, const char *dir);

/*
 * Manifests as string literals, one document each: concatenate them.  SPEC
 * and LABELS are the inside of a flow mapping.  A pod has the label app: NAME
 * and one container.
 */
#define NAMESPACE(name, labels)                                         \
	"---\n{apiVersion: v1, kind: Namespace, metadata: {name: " name \
	", labels: {" labels "}}}\n"
#define POD(ns, name, ip)                                            \
	"---\n{apiVersion: v1, kind: Pod, metadata: {namespace: " ns \
	", name: " name ", labels: {app: " name "}}, "               \
	"spec: {containers: [{name: c}]}, status: {podIP: " ip "}}\n"
#define CILIUM_POLICY(ns, name, spec)                                 \
	"---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, " \
	"metadata: {namespace: " ns ", name: " name "}, spec: {" spec "}}\n"
#define CLUSTERWIDE_POLICY(name, spec)           \
	"---\n{apiVersion: cilium.io/v2, "       \
	"kind: CiliumClusterwideNetworkPolicy, " \
	"metadata: {name: " name "}, spec: {" spec "}}\n"
#define NETWORK_POLICY(ns, name, spec)                                  \
	"---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, " \
	"metadata: {namespace: " ns ", name: " name "}, spec: {" spec "}}\n"
