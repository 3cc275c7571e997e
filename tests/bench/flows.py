#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a recording of full flows of Hubble, and the cluster it is of.

usage: flows.py --scale FILE --cluster FILE --lines N --tuples N -o FILE

FILE of --scale is one of gen_scale.py; the pods of --cluster are its pods with
as many labels as those of real clusters have, so that a line has 2 to 4 KB. Of
a hundred lines 60 are verdicts of policies, 25 of connections that were open
before, and 15 replies. The same arguments give the same bytes."""
import argparse
import itertools
import json
import pathlib
import random

KINDS = ["verdict"] * 60 + ["established"] * 25 + ["reply"] * 15
FILLERS = ("app.kubernetes.io/component", "app.kubernetes.io/instance",
           "app.kubernetes.io/managed-by", "app.kubernetes.io/part-of",
           "app.kubernetes.io/version", "cost-centre", "data-class",
           "environment", "helm.sh/chart", "owner", "platform.example/region",
           "platform.example/ring", "release", "rollout.example/generation",
           "security.example/zone", "team.example/on-call")


def read(scale, rng):
    """The documents; all pods of one app have the same labels more."""
    more = {}
    docs = [json.loads(line) for line in scale.open() if line[0] == "{"]
    for doc in docs:
        if doc["kind"] == "Pod":
            meta = doc["metadata"]
            key = meta["namespace"], *meta["labels"].items()
            if key not in more:
                names = rng.sample(FILLERS, rng.randint(7, len(FILLERS)))
                more[key] = {n: f"stable-{rng.getrandbits(32):08x}"
                             for n in names}
            meta["labels"].update(more[key])
    return docs


class Ends:
    """The members of flows for pods."""

    def __init__(self, docs):
        self.spaces = {d["metadata"]["name"]: d["metadata"]["labels"]
                       for d in docs if d["kind"] == "Namespace"}
        self.pods = [d for d in docs if d["kind"] == "Pod"]
        self.numbers = {}

    def end(self, pod):
        meta, spec = pod["metadata"], pod["spec"]
        ns = meta["namespace"]
        labels = dict(meta["labels"])
        labels.update({f"io.cilium.k8s.namespace.labels.{k}": v
                       for k, v in self.spaces[ns].items()})
        labels.update({
            "io.cilium.k8s.policy.cluster": "default",
            "io.cilium.k8s.policy.serviceaccount": spec["serviceAccountName"],
            "io.kubernetes.pod.namespace": ns})
        texts = sorted(f"k8s:{k}={v}" for k, v in labels.items())
        number = self.numbers.setdefault(tuple(texts),
                                         20000 + len(self.numbers))
        return {"ID": number % 4096, "identity": number,
                "cluster_name": "default", "namespace": ns, "labels": texts,
                "pod_name": meta["name"], "workloads": [
                    {"name": meta["labels"]["app"], "kind": "Deployment"}]}

    def tuple(self, rng):
        """Of one kind of connection: all that its lines share, as JSON."""
        ends = rng.sample(self.pods, 2)
        port = rng.choice((8000, 8080, 5432, rng.randint(1, 65535)))
        return [json.dumps(self.end(p), separators=(",", ":")) for p in ends], \
            [p["status"]["podIP"] for p in ends], port, \
            rng.choice(("EGRESS", "INGRESS"))


def line(rng, connection, kind, number):
    (source, target), (ip, to_ip), port, direction = connection
    time = f"2026-11-02T{number // 3600000 % 24:02}:{number // 60000 % 60:02}" \
        f":{number // 1000 % 60:02}.{number % 1000:03}514233Z"
    node = f"worker-{number % 97}"
    other = rng.randint(32768, 60999)
    flags = {"verdict": "SYN", "established": "ACK", "reply": "ACK"}[kind]
    event = '{"type":5}' if kind == "verdict" else '{"type":4,"sub_type":3}'
    if kind == "reply":
        source, target, ip, to_ip = target, source, to_ip, ip
        other, port = port, other
    return f'{{"flow":{{"time":"{time}","uuid":"{rng.getrandbits(128):032x}",' \
        f'"verdict":"FORWARDED","ethernet":{{"source":"36:8f:5c:04:d7:b2",' \
        f'"destination":"ee:1b:60:a5:9e:13"}},"IP":{{"source":"{ip}",' \
        f'"destination":"{to_ip}","ipVersion":"IPv4"}},"l4":{{"TCP":{{' \
        f'"source_port":{other},"destination_port":{port},"flags":' \
        f'{{"{flags}":true}}}}}},"source":{source},"destination":{target},' \
        f'"Type":"L3_L4","node_name":"{node}","node_labels":[' \
        f'"kubernetes.io/arch=amd64","kubernetes.io/hostname={node}",' \
        f'"kubernetes.io/os=linux","topology.kubernetes.io/zone=west-1"],' \
        f'"event_type":{event},"traffic_direction":"{direction}",' \
        f'"trace_observation_point":"TO_ENDPOINT",' \
        f'"is_reply":{"true" if kind == "reply" else "false"},' \
        f'"interface":{{"index":{number % 512},"name":"lxc0f2e6a9b51c4"}},' \
        f'"Summary":"TCP Flags: {flags}"}},' \
        f'"node_name":"{node}","time":"{time}"}}\n'


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--scale", required=True, type=pathlib.Path)
    ap.add_argument("--cluster", required=True, type=pathlib.Path)
    ap.add_argument("--lines", required=True, type=int)
    ap.add_argument("--tuples", required=True, type=int)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("-o", "--out", required=True, type=pathlib.Path)
    a = ap.parse_args()
    rng = random.Random(a.seed)
    docs = read(a.scale, rng)
    a.cluster.write_text("".join(f"---\n{json.dumps(d)}\n" for d in docs))
    ends = Ends(docs)
    connections = [ends.tuple(rng) for _ in range(min(a.tuples, a.lines))]
    # Each of them is there once; the others are drawn.
    drawn = itertools.chain(connections,
                            iter(lambda: rng.choice(connections), None))
    with a.out.open("w") as out:
        for number in range(a.lines):
            kind = rng.choice(KINDS) if number >= len(connections) \
                else "verdict"
            out.write(line(rng, next(drawn), kind, number))


if __name__ == "__main__":
    main()
