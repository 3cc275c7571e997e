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


def lines(rng, depth=0):
    """Endless settings, some deeper than others."""
    while True:
        depth = max(0, min(6, depth + rng.choice((-1, 0, 0, 1))))
        key = rng.choice(WORDS)
        value = rng.choice(("true", "500m", '"{{ .Values.name }}"',
                            "registry.example/team/app:1.2.3", "!vault x",
                            "8080", "# as before"))
        yield f"{'  ' * depth}{key}{rng.randrange(100)}: {value}\n"


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--files", type=int, default=3000)
    ap.add_argument("--bytes", type=int, default=45_000_000)
    ap.add_argument("-o", "--output", type=pathlib.Path, required=True)
    a = ap.parse_args()
    rng = random.Random(1)
    source = lines(rng)
    block = "".join(next(source) for _ in range(20000))
    each = a.bytes // a.files
    for number in range(a.files):
        path = a.output / f"app-{number % 100}" / f"values-{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        begin = rng.randrange(len(block) - each)
        path.write_text(block[begin:begin + each])
    (a.output / "policy.yaml").write_text(POLICY)


if __name__ == "__main__":
    main()
