#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a made-up cluster's objects of every kind as one List, as
`kubectl get KIND,... -A -o json` does.

usage: gen_snapshot.py [--objects N] [--seed N] [-o FILE]

About N objects, kinds mixed. With the fields that a cluster adds and cnpc
passes over, kinds that it does not read, and kinds of other groups that have
the name of one that it reads. The same arguments give the same bytes."""
import argparse
import base64
import json
import random
import sys

K8S = "k8s:io.cilium.k8s"
WEB_IDENTITY = 31337   # of web in shop
TIME = "2026-01-01T00:00:00Z"
NAMESPACES = ("shop", "pay", "kube-system", "default")
APPS = ("web", "db", "cart", "mail")


def metadata(rnd, name, ns=None, labels=None, owner=None):
    fields = {f"f:{k}": {"f:value": {}} for k in ("labels", "spec", "status")}
    m = {"name": name, "uid": f"{rnd.getrandbits(128):032x}",
         "creationTimestamp": TIME, "resourceVersion": str(rnd.getrandbits(30)),
         "generation": 1, "labels": labels or {}, "annotations": {
             "kubectl.kubernetes.io/last-applied-configuration":
                 json.dumps({"kind": "X", "note": "ü\n" * 20})},
         "managedFields": [{"apiVersion": "v1", "manager": "m", "time": TIME,
                            "operation": "Update", "fieldsType": "FieldsV1",
                            "fieldsV1": {"f:metadata": fields}}] * 2}
    if ns is not None:
        m["namespace"] = ns
    if owner:
        m["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": owner[0],
                                 "name": owner[1], "uid": "0",
                                 "controller": True}]
    return m


def address(i):
    return f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def pod_spec(app):
    return {"serviceAccountName": app, "nodeName": "node-0", "containers": [
        {"name": app, "image": f"registry.example/{app}:1", "ports": [
            {"name": "http", "containerPort": 8080, "protocol": "TCP"}],
         "env": [{"name": f"E{e}", "value": str(e)} for e in range(20)],
         "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}],
        "volumes": [{"name": "v", "projected": {"sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607}}]}}],
        "tolerations": [{"operator": "Exists"}]}


# One function for each kind: the i-th object for an app of a namespace.

def pod(rnd, i, ns, app):
    # Without a namespace an object is in the default one.
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": metadata(rnd, f"{app}-{i}",
                                 ns if ns != "default" else None, {"app": app},
                                 ("ReplicaSet", f"{app}-{i}")),
            "spec": pod_spec(app),
            "status": {"phase": "Running", "podIP": address(i),
                       "podIPs": [{"ip": address(i)}], "conditions": [
                           {"type": "Ready", "status": "True"}]}}


def replica_set(rnd, i, ns, app):
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": metadata(rnd, f"{app}-{i}", ns, {"app": app}),
            "spec": {"replicas": 0, "selector": {"matchLabels": {"app": app}},
                     "template": {"metadata": {
                         "creationTimestamp": None, "labels": {"app": app}},
                         "spec": pod_spec(app)}},
            "status": {"replicas": 0}}


def service(rnd, i, ns, app):
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": metadata(rnd, f"{app}-{i}", ns),
            "spec": {"type": "ClusterIP", "clusterIP": f"172.20.{i % 250}.1",
                     "selector": {"app": app}, "ports": [
                         {"name": "http", "port": 80, "targetPort": "http",
                          "protocol": "TCP"}]},
            "status": {"loadBalancer": {}}}


def endpoint_slice(rnd, i, ns, app):
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": metadata(rnd, f"{app}-{i}", ns, {
                "kubernetes.io/service-name": f"{app}-{i}"}),
            "addressType": "IPv4", "ports": [{"name": "http", "port": 8080}],
            "endpoints": [{"addresses": [address(i)],
                           "conditions": {"ready": True}}]}


def other(api, kind, namespaced=True, **body):
    """A kind that is not read."""
    def make(rnd, i, ns, app):
        return {"apiVersion": api, "kind": kind,
                "metadata": metadata(rnd, f"{app}-{i}",
                                     ns if namespaced else None), **body}
    return make


SECRET = {"tls.key": base64.b64encode(bytes(1500)).decode()}
OTHERS = (
    other("v1", "Secret", type="Opaque", data=SECRET),
    other("v1", "Event", reason="Pulled", message='said "done"\n', count=3,
          involvedObject={"kind": "Pod", "fieldPath": "spec{web}"}),
    other("coordination.k8s.io/v1", "Lease", spec={"leaseDurationSeconds": 40}),
    other("apiregistration.k8s.io/v1", "APIService", namespaced=False,
          spec={"groupPriorityMinimum": 100, "caBundle": "aGk="}),
    other("apiextensions.k8s.io/v1", "CustomResourceDefinition", False,
          spec={"versions": [{"schema": {"openAPIV3Schema": {
              "x-kubernetes-preserve-unknown-fields": True,
              "properties": {f"p{p}": {"type": "number", "maximum": 1e308}
                             for p in range(30)}}}}]}),
    # Names that other groups use as well.
    other("serving.knative.dev/v1", "Service", spec={"template": {}}),
    other("crd.projectcalico.org/v1", "NetworkPolicy", spec={"order": 1.5}),
    other("metrics.k8s.io/v1beta1", "PodMetrics", containers=[]),
)
KINDS = (pod, pod, replica_set, service, endpoint_slice) + OTHERS


def cluster(rnd):
    yield from ({"apiVersion": "v1", "kind": "Namespace",
                 "metadata": metadata(rnd, n, None, {
                     "kubernetes.io/metadata.name": n}),
                 "spec": {"finalizers": ["kubernetes"]},
                 "status": {"phase": "Active"}} for n in NAMESPACES)
    yield {"apiVersion": "v1", "kind": "Node",
           "metadata": metadata(rnd, "node-0"), "spec": {},
           "status": {"addresses": [{"type": "InternalIP",
                                     "address": "192.168.0.1"}],
                      "images": [{"names": [f"registry.example/i:{i}"],
                                  "sizeBytes": 5000000000 + i}
                                 for i in range(50)]}}
    yield {"apiVersion": "cilium.io/v2", "kind": "CiliumIdentity",
           "metadata": metadata(rnd, str(WEB_IDENTITY)),
           "security-labels": {
               "k8s:app": "web",
               f"{K8S}.namespace.labels.kubernetes.io/metadata.name": "shop",
               f"{K8S}.policy.cluster": "default",
               f"{K8S}.policy.serviceaccount": "web",
               "k8s:io.kubernetes.pod.namespace": "shop"}}
    yield {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
           "metadata": metadata(rnd, "db", "shop"),
           "spec": {"endpointSelector": {"matchLabels": {"app": "db"}},
                    "ingress": [{"fromEndpoints": [
                        {"matchLabels": {"app": "web"}}],
                        "toPorts": [{"ports": [
                            {"port": "8080", "protocol": "TCP"}]}]}]},
           "status": {"conditions": [{"type": "Valid", "status": "True",
                                      "lastTransitionTime": TIME}]}}


def snapshot(objects, seed):
    rnd = random.Random(seed)
    items = list(cluster(rnd))
    for i in range(objects - len(items)):
        kind = KINDS[i % len(KINDS)]
        items.append(kind(rnd, i, rnd.choice(NAMESPACES), rnd.choice(APPS)))
    return items


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--objects", type=int, default=20000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("-o", type=argparse.FileType("w"), default=sys.stdout)
    a = ap.parse_args()
    json.dump({"apiVersion": "v1", "kind": "List",
               "items": snapshot(a.objects, a.seed),
               "metadata": {"resourceVersion": ""}}, a.o, indent=4,
              ensure_ascii=False)
    a.o.write("\n")


if __name__ == "__main__":
    main()
