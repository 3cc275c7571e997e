#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a large made-up cluster and its policies, for measuring.

usage: gen_scale.py [--namespaces N] [--apps N] [--replicas N]
                    [--policies N] [--seed N] [-o FILE]

N namespaces with --apps workloads of --replicas pods each and --policies
CiliumNetworkPolicies each, and a cluster-wide baseline, as JSON documents in
one YAML stream. The same arguments give the same bytes."""
import argparse
import ipaddress
import json
import random
import sys

TIERS = ("edge", "web", "api", "worker", "cache", "store")
TEAMS = tuple(f"team-{c}" for c in "abcdefghijk")
STAGES = ("prod", "prod", "staging", "dev")
POD_NET = ipaddress.ip_network("10.0.0.0/8")
PARTNER_NET = ipaddress.ip_network("172.16.0.0/12")
NS_LABEL = "io.cilium.k8s.namespace.labels."
KUBE_DNS = {"io.kubernetes.pod.namespace": "kube-system",
            "k8s-app": "kube-dns"}


def labels(app):
    return {"app": f"app-{app}", "tier": TIERS[app % len(TIERS)],
            "app.kubernetes.io/part-of": f"suite-{app // 8}"}


def port(app):
    return 8000 + app % 1000


def to_ports(*ports):
    return [{"ports": [{"port": str(p), "protocol": "TCP"} for p in ports]}]


def select(**match):
    return {"matchLabels": match}


# What policies look like in the wild, one function each: given a random
# source and the number of apps, the body for the app that it selects.

def from_caller(rnd, apps, app):
    caller = rnd.randrange(apps)
    return {"ingress": [{"fromEndpoints": [select(app=f"app-{caller}")],
                         "toPorts": to_ports(port(app))}]}


def from_team(rnd, apps, app):
    team = {NS_LABEL + "team": rnd.choice(TEAMS)}
    return {"ingress": [{
        "fromEndpoints": [{"matchLabels": team}],
        "toPorts": [{"ports": [
            {"port": str(port(app)), "protocol": "TCP"},
            {"port": "30000", "endPort": 30999, "protocol": "TCP"}]}]}]}


def not_from_dev(rnd, apps, app):
    stage = {"key": NS_LABEL + "stage", "operator": "NotIn",
             "values": ["prod", "staging"]}
    return {"ingress": [{"fromEntities": ["cluster"]}],
            "ingressDeny": [{"fromEndpoints": [
                {"matchExpressions": [stage]}]}]}


def to_callees(rnd, apps, app):
    callees = sorted({rnd.randrange(apps) for _ in range(3)})
    peer = {"key": "app", "operator": "In",
            "values": [f"app-{c}" for c in callees]}
    return {"egress": [
        {"toEndpoints": [{"matchExpressions": [peer]}],
         "toPorts": to_ports(*(port(c) for c in callees))},
        {"toEntities": ["kube-apiserver"], "toPorts": to_ports(443)}]}


def to_partner(rnd, apps, app):
    net = ipaddress.ip_network(
        (int(PARTNER_NET[0]) + (rnd.randrange(1 << 12) << 8), 24))
    rule = {"cidr": str(net), "except": [f"{net[240]}/28"]}
    return {"egress": [{"toCIDRSet": [rule], "toPorts": to_ports(443)}]}


def to_offices(rnd, apps, app):
    offices = [f"198.51.100.{n}/32" for n in range(0, 256, 16)]
    return {"egress": [{"toCIDR": offices},
                       {"toEndpoints": [{"matchLabels": KUBE_DNS}],
                        "toPorts": [{"ports": [{"port": "53"}]}]}]}


BODIES = (from_caller, from_team, not_from_dev, to_callees, to_partner,
          to_offices)


def namespace(name, rnd):
    return {"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {
                "kubernetes.io/metadata.name": name,
                "team": rnd.choice(TEAMS), "stage": rnd.choice(STAGES)}}}


def pod(ns, app, replica, ip):
    ports = [{"name": "main", "containerPort": port(app)}]
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": ns, "name": f"app-{app}-{replica}",
                         "labels": labels(app)},
            "spec": {"serviceAccountName": f"app-{app}",
                     "containers": [{"name": "main", "ports": ports}]},
            "status": {"podIP": ip, "podIPs": [{"ip": ip}]}}


def policy(ns, number, app, body):
    return {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
            "metadata": {"namespace": ns, "name": f"policy-{number}"},
            "spec": {"endpointSelector": select(app=f"app-{app}"), **body}}


def baseline():
    def clusterwide(name, selector, **body):
        return {"apiVersion": "cilium.io/v2",
                "kind": "CiliumClusterwideNetworkPolicy",
                "metadata": {"name": name},
                "spec": {"endpointSelector": selector, **body}}

    yield clusterwide(
        "dns", {}, enableDefaultDeny={"egress": False},
        egress=[{"toEndpoints": [{"matchLabels": KUBE_DNS}],
                 "toPorts": [{"ports": [{"port": "53"}]}]}])
    yield clusterwide(
        "no-metadata", {}, enableDefaultDeny={"egress": False},
        egressDeny=[{"toCIDR": ["169.254.169.254/32"]}])
    yield clusterwide(
        "stores-inside", select(tier="store"),
        ingress=[{"fromEndpoints": [{}]}],
        ingressDeny=[{"fromEntities": ["world"]}])


def documents(namespaces, apps, replicas, policies, seed):
    rnd = random.Random(seed)
    address = 0
    for n in range(namespaces):
        ns = f"ns-{n}"
        yield namespace(ns, rnd)
        for app in range(apps):
            for replica in range(replicas):
                address += 1
                yield pod(ns, app, replica, str(POD_NET[address]))
        for number in range(policies):
            app = rnd.randrange(apps)
            body = BODIES[number % len(BODIES)](rnd, apps, app)
            yield policy(ns, number, app, body)
    yield from baseline()


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--namespaces", type=int, default=10)
    ap.add_argument("--apps", type=int, default=10)
    ap.add_argument("--replicas", type=int, default=3)
    ap.add_argument("--policies", type=int, default=6)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("-o", "--output", default="-", metavar="FILE")
    a = ap.parse_args()
    out = sys.stdout if a.output == "-" else open(a.output, "w")
    with out:
        for d in documents(a.namespaces, a.apps, a.replicas, a.policies,
                           a.seed):
            out.write("---\n" + json.dumps(d, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
