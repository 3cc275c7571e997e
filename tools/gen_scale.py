#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a large made-up cluster and its policies, for measuring.

usage: gen_scale.py [--namespaces N] [--apps N] [--replicas N]
                    [--policies N] [--seed N] [-o FILE]

N namespaces with --apps workloads of --replicas pods each and --policies
CiliumNetworkPolicies each, and three cluster-wide policies, as JSON documents
in one YAML stream. The same arguments give the same bytes: figures of other
engines were taken on these very documents, so neither their shape nor the
order in which random numbers are drawn can change."""
import argparse
import json
import random
import sys

TIERS = ("web", "api", "db", "cache", "queue", "worker", "cron", "edge")
TEAMS = 17
STAGES = ("prod", "stage", "dev")
NS_LABEL = "io.cilium.k8s.namespace.labels."


def select(**labels):
    return {"matchLabels": labels}


def port(number, protocol=None, end=None):
    """The fields of a port; protocol and end are left out when None."""
    fields = {"port": str(number), "endPort": end, "protocol": protocol}
    return {k: v for k, v in fields.items() if v is not None}


def to_ports(*ports):
    return [{"ports": list(ports)}]


def kube_dns(protocol):
    labels = {"k8s:io.kubernetes.pod.namespace": "kube-system",
              "k8s-app": "kube-dns"}
    return {"toEndpoints": [select(**labels)],
            "toPorts": to_ports(port(53, protocol))}


# What policies look like in the wild, one function each. They get a random
# source, the number of apps, the app that the policy selects and another one.

def from_tier(rnd, apps, app, other):
    tier = TIERS[other % len(TIERS)]
    return {"ingress": [{"fromEndpoints": [select(tier=tier)],
                         "toPorts": to_ports(port(8000 + app, "TCP"))}]}


def from_team(rnd, apps, app, other):
    team = select(**{f"k8s:{NS_LABEL}team": f"t{rnd.randrange(TEAMS)}"})
    return {"ingress": [{
        "fromEndpoints": [team],
        "toPorts": to_ports(port(9090, "TCP"), port(5000, "TCP", 5999))}]}


def to_partner(rnd, apps, app, other):
    net = f"172.{16 + rnd.randrange(16)}.0.0/16"
    return {"egress": [{"toCIDRSet": [{"cidr": net, "except": []}],
                        "toPorts": to_ports(port(443, "TCP"))},
                       kube_dns("ANY")]}


def to_neighbours(rnd, apps, app, other):
    peers = {"key": "app", "operator": "In",
             "values": [f"app-{other}", f"app-{(other + 1) % apps}"]}
    return {"egress": [{"toEndpoints": [{"matchExpressions": [peers]}],
                        "toPorts": to_ports(port(8000 + other, "TCP"))},
                       {"toEntities": ["kube-apiserver"]}]}


def only_prod(rnd, apps, app, other):
    rest = {"key": NS_LABEL + "env", "operator": "NotIn", "values": ["prod"]}
    return {"ingressDeny": [{"fromEndpoints": [{"matchExpressions": [rest]}]}],
            "ingress": [{"fromEntities": ["cluster"]}]}


def to_internet(rnd, apps, app, other):
    host = f"198.51.{rnd.randrange(100)}.{rnd.randrange(256)}/32"
    net = f"203.0.{rnd.randrange(113)}.0/24"
    return {"egress": [{"toCIDR": [host, net]},
                       {"toEntities": ["world"],
                        "toPorts": to_ports(port(443))}]}


BODIES = (from_tier, from_team, to_partner, to_neighbours, only_prod,
          to_internet)

CLUSTERWIDE = (
    {"endpointSelector": {}, "egress": [kube_dns("UDP")]},
    {"endpointSelector": select(tier="db"),
     "ingressDeny": [{"fromEntities": ["world"]}],
     "ingress": [{"fromEndpoints": [{}]}]},
    {"endpointSelector": {},
     "egressDeny": [{"toCIDR": ["169.254.169.254/32"]}],
     "enableDefaultDeny": {"egress": False}},
)


def namespace(name, labels):
    return {"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {
                **labels, "kubernetes.io/metadata.name": name}}}


def address(number):
    """The numberth address of 10.0.0.0/8."""
    return ".".join(str(octet) for octet in
                    (10, number >> 16 & 255, number >> 8 & 255, number & 255))


def pod(ns, name, labels, account, port_number, ip):
    ports = [{"name": "http", "containerPort": port_number}]
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": ns, "labels": labels},
            "spec": {"serviceAccountName": account,
                     "containers": [{"name": "c", "ports": ports}]},
            "status": {"podIP": ip}}


def policy(ns, name, spec):
    return {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy",
            "metadata": {"name": name, "namespace": ns}, "spec": spec}


def clusterwide(name, spec):
    return {"apiVersion": "cilium.io/v2",
            "kind": "CiliumClusterwideNetworkPolicy",
            "metadata": {"name": name}, "spec": spec}


def pods(ns, first, apps, replicas):
    """The pods of one namespace; the address before theirs is FIRST."""
    for n in range(apps * replicas):
        app, replica = divmod(n, replicas)
        labels = {"app": f"app-{app}", "tier": TIERS[app % len(TIERS)],
                  "version": f"v{app % 3}"}
        yield pod(ns, f"app-{app}-{replica}", labels, f"sa-{app % 4}",
                  8000 + app, address(first + n + 1))


def policies(ns, rnd, apps, count):
    for n in range(count):
        app, other = rnd.randrange(apps), rnd.randrange(apps)
        body = BODIES[n % len(BODIES)](rnd, apps, app, other)
        yield policy(ns, f"p{n}", {
            "endpointSelector": select(app=f"app-{app}"), **body})


def documents(namespaces, apps, replicas, count, seed):
    rnd = random.Random(seed)
    for n in range(namespaces):
        ns = f"ns-{n:04d}"
        yield namespace(ns, {"team": f"t{n % TEAMS}",
                             "env": STAGES[n % len(STAGES)]})
        yield from pods(ns, n * apps * replicas, apps, replicas)
        yield from policies(ns, rnd, apps, count)
    for n, spec in enumerate(CLUSTERWIDE):
        yield clusterwide(f"c{n}", spec)


def write(docs, output):
    """DOCS as a YAML stream; to standard output when OUTPUT is -."""
    out = sys.stdout if output == "-" else open(output, "w")
    with out:
        for d in docs:
            out.write("---\n" + json.dumps(d) + "\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--namespaces", type=int, default=10)
    ap.add_argument("--apps", type=int, default=10)
    ap.add_argument("--replicas", type=int, default=3)
    ap.add_argument("--policies", type=int, default=6)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("-o", "--output", default="-", metavar="FILE")
    a = ap.parse_args()
    write(documents(a.namespaces, a.apps, a.replicas, a.policies, a.seed),
          a.output)


if __name__ == "__main__":
    main()
