#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is missing never opens a connection that the rest keeps shut.

usage: reduced.py --cnpc PATH --cases DIR [--seed N] [--mutants N]

Of each conformance case an object of the cluster is taken away, or a field of
a policy is misspelt. What trace then calls allowed must be so in a cluster that
has just these objects: in its policy maps, read by a model of the datapath, at
both ends. Elsewhere the answer may be the case's own, another, or unknown.
Ends with `N allowed, N not, N unknown, N allowed wrongly`; some must be
allowed, or nothing was learnt."""
import json
import pathlib
import re
import sys
import tempfile
from collections import Counter

from cases import Case, over_all
from datapath import PolicyMap

PROTO = {"tcp": 6, "udp": 17}
KEY = re.compile(r"^(\s*(?:- )*)([A-Za-z]{4,}):", re.MULTILINE)
KEPT = ("apiVersion", "kind", "metadata", "name", "namespace", "spec",
        "specs", "endpointSelector")


def take_away(text, rng):
    """TEXT without one of its documents."""
    documents = text.split("\n---\n")
    if len(documents) < 2:
        return text
    del documents[rng.randrange(len(documents))]
    return "\n---\n".join(documents)


def misspell(text, rng):
    """TEXT with a field of a rule under another name."""
    places = [m for m in KEY.finditer(text) if m[2] not in KEPT]
    if not places:
        return text
    m = rng.choice(places)
    return text[:m.end(2)] + "x" + text[m.end(2):]


class Reduced:
    """A case less something, in files of its own."""

    def __init__(self, case, folder, rng):
        cluster = (case.folder / "cluster.yaml").read_text()
        policies = (case.folder / "policies.yaml").read_text()
        if rng.random() < 0.5:
            cluster = take_away(cluster, rng)
        else:
            policies = misspell(policies, rng)
        self.policies = folder / "policies.yaml"
        self.policies.write_text(policies)
        (folder / "cluster.yaml").write_text(cluster)
        self.case = Case(case.cnpc, folder, case.options)
        self.shown = json.loads(self.case.run(
            "show", "all", "--format=json", self.policies).stdout)

    def identity(self, end):
        for e in self.shown["endpoints"]:
            if f"{e['namespace']}/{e['name']}" == end:
                return e["identity"]
        return None

    def lets_pass(self, end, direction, peer, proto, port):
        """What the policy map of a pod says; None for what has no map."""
        for p in self.shown["policies"]:
            if p["identity"] != self.identity(end) or p.get("error"):
                continue
            if not p[f"{direction}_enforced"]:
                return True
            m = PolicyMap(p["entries"], self.shown.get("cluster_id", 0))
            verdict = m.lookup(direction, peer, proto, port)
            return verdict not in ("deny", "drop")
        return None

    def is_shut(self, question):
        """Whether the maps of the two ends, which are pods, drop it."""
        _, source, _, target, _, port = question
        number, proto = port.split("/")
        ends = [(source, "egress", target), (target, "ingress", source)]
        return any(self.lets_pass(end, direction, self.identity(peer),
                                  PROTO[proto], int(number)) is False
                   for end, direction, peer in ends
                   if self.identity(peer) is not None)


def check(case, rng, mutants):
    count, wrong = Counter(), []
    for _ in range(mutants):
        with tempfile.TemporaryDirectory() as tmp:
            r = Reduced(case, pathlib.Path(tmp), rng)
            for q in r.case.questions(rng, 4, r.policies):
                verdict = r.case.verdict(q, r.policies)
                count[verdict] += 1
                if verdict == "allowed" and r.is_shut(q):
                    count["wrong"] += 1
                    wrong.append(f"{case.folder.name}: {' '.join(q)}")
    return count, wrong


def main():
    count, right = over_all(__doc__, check, "mutants", 8)
    print(f"{count['allowed']} allowed, {count['dropped']} not, "
          f"{count['unknown']} unknown, {count['wrong']} allowed wrongly")
    return 0 if right and count["allowed"] else 1


if __name__ == "__main__":
    sys.exit(main())
