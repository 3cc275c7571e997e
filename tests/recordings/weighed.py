#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""diff weighs changes by the connections that drops finds to be let through.

usage: weighed.py --cnpc PATH --cases DIR

Against a policy that denies everything, each connection of each recording of
each case closes that the policies of the case let through, and no other: as many
as drops allows, and none that it drops. In between are requests that a proxy
refuses, whose connections close, too, and what the record leaves open."""
import json
import subprocess
import sys
import tempfile

from cases import arguments, recordings

DENY = """apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: deny}
spec:
  endpointSelector: {}
  ingressDeny: [{fromEntities: [all]}]
  egressDeny: [{toEntities: [all]}]
"""


def run(cnpc, case, command, name, *policies):
    p = subprocess.run([cnpc, command, "--flows", name, "--format=json",
                        "--cluster", "cluster.yaml", "policies.yaml",
                        *policies],
                       cwd=case, capture_output=True, text=True, check=False)
    return json.loads(p.stdout)


def check(cnpc, case, name, deny):
    changes = run(cnpc, case, "diff", name, deny)
    rows = run(cnpc, case, "drops", name)["connections"]
    by = {v: sum(r["connections"] for r in rows if r["verdict"] == v)
          for v in ("allowed", "dropped")}
    closed = sum(c["recorded"]["connections"] for c in changes["changes"])
    perhaps = sum(c["recorded"]["perhaps"] for c in changes["changes"])
    if any(c["kind"] != "closed" for c in changes["changes"]):
        yield "something opens"
    if closed + perhaps < by["allowed"]:
        yield f"{closed} close and {perhaps} may, of {by['allowed']}"
    if closed + by["dropped"] > changes["recorded"]["connections"]:
        yield f"{closed} close, {by['dropped']} were dropped: too many"


def main():
    cnpc, cases = arguments(__doc__)
    pairs = [(case, name) for case in cases for name in recordings(case)]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as deny:
        deny.write(DENY)
        deny.flush()
        wrong = [f"{case.name}/{name}: {line}" for case, name in pairs
                 for line in check(cnpc, case, name, deny.name)]
    print("\n".join(wrong) or f"{len(pairs)} recordings: as drops has them")
    return 1 if wrong or not pairs else 0


if __name__ == "__main__":
    sys.exit(main())
