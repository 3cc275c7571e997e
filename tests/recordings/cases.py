# SPDX-License-Identifier: Apache-2.0
"""The worlds with recordings that a test is given."""
import argparse
import pathlib

OTHERS = ("cluster.yaml", "policies.yaml", "expect")


def arguments(doc):
    """The program, and the folders of the cases."""
    ap = argparse.ArgumentParser(description=doc.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--cases", required=True, type=pathlib.Path)
    a = ap.parse_args()
    return (a.cnpc.resolve(),
            sorted(p.parent for p in a.cases.glob("*/policies.yaml")))


def recordings(case):
    """The names of its recordings."""
    return [p.name for p in sorted(case.iterdir())
            if p.is_file() and p.name not in OTHERS]
