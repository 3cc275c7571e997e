#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes policies that are as unkind to a compiler as honest ones can be.

usage: gen_pathological.py [--scale X] [--seed N] [-o FILE]

One namespace, as JSON documents in one YAML stream, with

    one pod that 2,000 policies select, each for two ranges of ports; ranges
    overlap, nest and repeat, and so do the CIDRs that they are for; they
    allow and deny in both directions;
    250 pods with 500 policies that name 10,000 distinct CIDRs;
    5,000 pods of distinct labels, and 200 policies whose subjects and peers
    are expressions of every operator over these.

--scale multiplies the numbers of pods, policies and CIDRs. No map may hold
more than 65,536 entries, so most ranges of the one pod are for few peers. The
same arguments give the same bytes."""
import argparse
import ipaddress
import random

import gen_scale as gen

NS = "crowd"
TARGET = {"app": "target"}
# Of policies that select the target, of those with many CIDRs, of pods that
# expressions select, of policies with expressions.
COUNTS = {"ranges": 2000, "cidrs": 500, "peers": 5000, "expressions": 200}
EXCEPTS, CIDRS = 4, 15  # and the one that is excepted from: 20 a policy
SIDES = (("ingress", "from"), ("ingressDeny", "from"),
         ("egress", "to"), ("egressDeny", "to"))
WIDTHS = (1, 2, 5, 10, 50, 200, 3000)  # of port ranges
# The target's CIDRs: length, how many lie in each of those before, how often
# they are drawn.
NESTED = ((16, 4, 1), (20, 4, 3), (24, 3, 16), (28, 2, 100))
INSIDE = ipaddress.ip_network("172.16.0.0/14")
OUTSIDE = ipaddress.ip_network("64.0.0.0/4")
TEAMS = 11


def subnet(rnd, net, length):
    """A random part of NET."""
    step = 1 << (net.max_prefixlen - length)
    start = int(net.network_address)
    return ipaddress.ip_network(
        (rnd.randrange(start, start + net.num_addresses, step), length))


def distinct(rnd, taken, net, lengths):
    """A random part of NET that nobody took before."""
    while True:
        part = subnet(rnd, net, rnd.choice(lengths))
        if part not in taken:
            taken.add(part)
            return part


def cidr_set(net, without):
    return {"cidr": str(net), "except": [str(w) for w in without]}


def expression(key, operator, *values):
    e = {"key": key, "operator": operator}
    return {**e, "values": list(values)} if values else e


def expressions(*parts):
    return {"matchExpressions": list(parts)}


def peer_pods(count, racks):
    """Pods whose labels differ from each other's."""
    for n in range(count):
        labels = {"app": f"peer-{n}", "rack": f"r{n % racks}",
                  "team": f"t{n % TEAMS}"}
        if n % 3 == 0:
            labels["legacy"] = "true"
        yield gen.pod(NS, f"peer-{n}", labels, "peer", 8080,
                      gen.address(1 << 20 | n))


# Peers by expression, one function for each kind.

def named_peers(rnd, count):
    return expressions(expression("app", "In", *(
        f"peer-{rnd.randrange(count)}" for _ in range(20))))


def other_peers(rnd, count):
    return expressions(
        expression("team", "Exists"),
        expression("app", "NotIn", *(
            f"peer-{rnd.randrange(count)}" for _ in range(20))))


def old_peers(rnd, count):
    return expressions(expression("legacy", "Exists"),
                       expression("team", "NotIn",
                                  f"t{rnd.randrange(TEAMS)}"))


def new_peers(rnd, count):
    team = rnd.randrange(TEAMS)
    return expressions(expression("legacy", "DoesNotExist"),
                       expression("team", "In", f"t{team}",
                                  f"t{(team + 1) % TEAMS}"))


PEERS = (named_peers, other_peers, old_peers, new_peers)


def port_range(rnd):
    first = rnd.randrange(1024, 60000)
    return gen.port(first, "TCP", first + rnd.choice(WIDTHS))


def nested(rnd):
    """Networks inside networks, by level: pairs of one and the part of it
    that rules leave out, which is one of the next level if there is any."""
    levels, outer = [], [INSIDE]
    for length, members, _ in NESTED:
        inner = [subnet(rnd, net, length)
                 for net in outer for _ in range(members)]
        levels.append(inner)
        outer = inner
    levels.append([subnet(rnd, net, 30) for net in levels[-1]])
    return [[(net, below[i * len(below) // len(level)])
             for i, net in enumerate(level)]
            for level, below in zip(levels, levels[1:])]


def range_policies(rnd, count, peers):
    """The target's. The last few have as many peers as there are."""
    levels = nested(rnd)
    often = [weight for _, _, weight in NESTED]
    for n in range(count):
        side, way = SIDES[n % len(SIDES)]
        if n % 100 == 0:
            peer = {f"{way}Endpoints": [named_peers(rnd, peers)]}
        else:
            level, = rnd.choices(levels, often)
            net, without = rnd.choice(level)
            peer = {f"{way}CIDRSet": [cidr_set(net, [without])]}
        yield {side: [{**peer, "toPorts": gen.to_ports(
            port_range(rnd), port_range(rnd))}]}
    for n, (side, way) in enumerate(SIDES):
        yield {side: [{f"{way}Endpoints": [PEERS[n](rnd, peers)],
                       "toPorts": gen.to_ports(gen.port(100 + n, "TCP"))}]}


def cidr_policies(rnd, count):
    taken = set()
    for _ in range(count):
        wide = distinct(rnd, taken, OUTSIDE, [16])
        without = [distinct(rnd, taken, wide, [20, 24])
                   for _ in range(EXCEPTS)]
        rest = [distinct(rnd, taken, OUTSIDE, [12, 20, 24, 28, 32])
                for _ in range(CIDRS)]
        yield {"egress": [{
            "toCIDRSet": [cidr_set(wide, without)],
            "toPorts": gen.to_ports(port_range(rnd))}],
            "egressDeny": [{"toCIDR": [str(net) for net in rest]}]}


def expression_policies(rnd, count, peers):
    for n in range(count):
        side, way = SIDES[rnd.randrange(len(SIDES))]
        ports = gen.to_ports(gen.port(rnd.randrange(1, 1024), "TCP"))
        yield {side: [{f"{way}Endpoints": [PEERS[n % len(PEERS)](rnd, peers)],
                       "toPorts": ports}]}


def documents(scale, seed):
    rnd = random.Random(seed)
    n = {what: max(1, round(count * scale)) for what, count in COUNTS.items()}
    hosts = max(1, n["cidrs"] // 2)
    racks = max(1, n["expressions"] // 2)
    yield gen.namespace(NS, {"team": "t0"})
    yield gen.pod(NS, "target", TARGET, "target", 8080, gen.address(1))
    for host in range(hosts):
        yield gen.pod(NS, f"host-{host}", {"app": f"host-{host}"}, "host",
                      8080, gen.address(2 + host))
    yield from peer_pods(n["peers"], racks)
    parts = (
        ("range", lambda i: gen.select(**TARGET),
         range_policies(rnd, n["ranges"], n["peers"])),
        ("cidr", lambda i: gen.select(app=f"host-{i % hosts}"),
         cidr_policies(rnd, n["cidrs"])),
        ("expression", lambda i: expressions(expression(
            "rack", "In", f"r{i % racks}", f"r{(i + 1) % racks}")),
         expression_policies(rnd, n["expressions"], n["peers"])),
    )
    for name, subject, bodies in parts:
        for i, body in enumerate(bodies):
            yield gen.policy(NS, f"{name}-{i}",
                             {"endpointSelector": subject(i), **body})


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--scale", type=float, default=1.0)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("-o", "--output", default="-", metavar="FILE")
    a = ap.parse_args()
    gen.write(documents(a.scale, a.seed), a.output)


if __name__ == "__main__":
    main()
