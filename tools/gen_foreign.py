#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a folder of YAML as repositories have it that is no manifest, chart
values and playbooks, with one policy among it.

usage: gen_foreign.py [--files N] [--bytes N] -o DIRECTORY"""
import argparse
import pathlib
import random

WORDS = """image repository tag enabled replicas resources limits memory cpu
kind annotations hosts path storage class name interval url schedule args
version timeout retries user group mode""".split()
POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: web}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: proxy}}]
"""


def settings(rng):
    """One top-level setting, and what is nested in it."""
    depth, out = 0, []
    while True:
        below = max(0, min(6, depth + rng.choice((-1, 0, 0, 1))))
        value = "" if below > depth else " " + rng.choice((
            "true", "500m", '"{{ .Values.name }}"', "8080", "# as before",
            "registry.example/team/app:1.2.3", "!vault x"))
        out.append(f"{'  ' * depth}{rng.choice(WORDS)}{rng.randrange(10000)}:"
                   f"{value}\n")
        if below == 0:
            return "".join(out)
        depth = below


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--files", type=int, default=3000)
    ap.add_argument("--bytes", type=int, default=45_000_000)
    ap.add_argument("-o", "--output", type=pathlib.Path, required=True)
    a = ap.parse_args()
    rng = random.Random(1)
    blocks = [settings(rng) for _ in range(4000)]
    each = a.bytes // a.files
    for number in range(a.files):
        path = a.output / f"app-{number % 100}" / f"values-{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = []
        while sum(map(len, text)) < each:
            text.append(rng.choice(blocks))
        path.write_text("".join(text))
    (a.output / "policy.yaml").write_text(POLICY)


if __name__ == "__main__":
    main()
