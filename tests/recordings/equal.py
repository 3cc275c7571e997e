#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A recorded connection gets the verdict that trace gives it, or none.

usage: equal.py --cnpc PATH --cases DIR... [--seed N] [--tuples N]

Of each case some connections between pods, and with addresses
outside, are traced one by one and written as flows of Hubble: of every event, at
either end, aggregated, and with fields masked, which may leave open who an end
is. A flow must get trace's verdict, or unknown; and the
same answer from a bundle.
Ends with `N flows: N as traced, N unknown, N otherwise`."""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile
from collections import Counter

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
from cases import over_all  # noqa: E402

# What an exporter's field mask may leave out of both ends.
PARTS = ("labels", "identity", "pod", "ip")
MASKS = [set(m) for n in range(len(PARTS))
         for m in itertools.combinations(PARTS, n)]
BAD = ("dropped", "refused")
# What makes an agent write a flow, and what it then has besides.
EVENTS = ({"event_type": {"type": 5}},
          {"event_type": {"type": 4}, "trace_reason": "NEW",
           "trace_observation_point": "TO_ENDPOINT"},
          {"event_type": {"type": 1}, "verdict": "DROPPED",
           "drop_reason_desc": "POLICY_DENIED"})
COUNTERS = ("ingress_flow_count", "egress_flow_count",
            "unknown_direction_flow_count")


class World:
    """The ends that connections can have, by the names that trace takes."""

    def __init__(self, case, policies):
        self.case, self.policies = case, policies
        shown = json.loads(case.run("show", "all", "--format=json",
                                    policies).stdout)
        self.labels = {i["id"]: i["labels"] for i in shown["identities"]}
        self.pods = {f"{e['namespace']}/{e['name']}": e
                     for e in shown["endpoints"]
                     if e["namespace"] and e["ips"]}

    def trace(self, question):
        told = json.loads(self.case.run("trace", "--format=json", *question,
                                        self.policies).stdout)
        return "dropped" if told["verdict"] in BAD else told["verdict"]

    def end(self, name, masked, family):
        """The members of a flow for one end, and its address."""
        pod = self.pods.get(name)
        if not pod:
            return {"identity": 2, "labels": ["reserved:world"]}, name
        address = next((i for i in pod["ips"] if (":" in i) == (family == 6)),
                       None)
        members = {}
        if "labels" not in masked:
            members["labels"] = self.labels[pod["identity"]]
        if "identity" not in masked:
            members["identity"] = pod["identity"]
        if "pod" not in masked:
            members["namespace"] = pod["namespace"]
            members["pod_name"] = pod["name"]
        return members, None if "ip" in masked else address

    def flow(self, question, masked, direction, event, number):
        _, source, _, target, _, port = question
        number_, proto = port.split("/")
        layer = {"source_port": 30000 + number % 30000,
                 "destination_port": int(number_)}
        if proto == "tcp":
            layer["flags"] = {"SYN": True}
        flow = {"verdict": "FORWARDED", "l4": {proto.upper(): layer},
                "traffic_direction": direction, "is_reply": False, "IP": {},
                **event}
        for member, key, name in (("source", "source", source),
                                  ("destination", "destination", target)):
            flow[member], address = self.end(name, masked, 4)
            if address:
                flow["IP"][key] = address
                flow["IP"]["ipVersion"] = \
                    "IPv6" if ":" in address else "IPv4"
        return {"flow": flow}

    def flows(self, question, first):
        """Records of one connection."""
        n = itertools.count(first)
        for masked, direction, event in itertools.product(
                MASKS, ("EGRESS", "INGRESS"), EVENTS):
            yield self.flow(question, masked, direction, event, next(n))
        for masked, counter in itertools.product(MASKS, COUNTERS):
            record = self.flow(question, masked, "EGRESS", EVENTS[0], next(n))
            record["flow"]["aggregate"] = {counter: 3}
            for layer in record["flow"]["l4"].values():
                del layer["source_port"]
                layer.pop("flags", None)
            yield record


def bundled(case, told, policies, want):
    """What is wrong with the answers from a bundle, if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = f"{folder}/bundle"
        case.run("compile", "-o", bundle, policies)
        if not pathlib.Path(bundle).exists():
            return []
        p = subprocess.run([case.cnpc, *told, "--bundle", bundle],
                           capture_output=True, text=True, check=False)
    return [] if p.stdout == want else [f"{case.folder.name}: other answers from a bundle"]


def check(case, rng, tuples):
    count, wrong = Counter(), []
    policies = case.folder / "policies.yaml"
    world = World(case, policies)
    lines, wanted = [], []
    for q in case.questions(rng, tuples, policies):
        ends = q[1], q[3]
        if not all(e in world.pods or e[0].isdigit() for e in ends):
            continue
        verdict = world.trace(q)
        for record in world.flows(q, len(lines)):
            lines.append(json.dumps(record))
            wanted.append((q, verdict))
    if not lines:
        return count, wrong
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as f:
        f.write("\n".join(lines) + "\n")
        f.flush()
        told = ("drops", "--one-to-one", "--flows", f.name)
        out = case.run(*told, policies).stdout
        wrong = bundled(case, told, policies, out)
    out = out.splitlines()
    if len(out) != len(lines):
        return count, [f"{case.folder.name}: {len(out)} answers for "
                       f"{len(lines)} flows"]
    for text, line, (q, verdict) in zip(out, lines, wanted):
        told = json.loads(text).get("verdict", "unknown")
        now = "dropped" if told in BAD else told
        kind = "same" if now == verdict else \
            "unknown" if now == "unknown" else "otherwise"
        count[kind] += 1
        if kind == "otherwise":
            wrong.append(f"{case.folder.name}: {' '.join(q)} is {verdict}, "
                         f"and {now}: {line}")
    return count, wrong


def main():
    count, right = over_all(__doc__, check, "tuples", 8)
    print(f"{count.total()} flows: {count['same']} as traced, "
          f"{count['unknown']} unknown, {count['otherwise']} otherwise")
    return 0 if right and count["same"] > count["unknown"] else 1


if __name__ == "__main__":
    sys.exit(main())
