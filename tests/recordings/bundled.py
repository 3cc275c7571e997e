#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bundle gives the answers of the manifests that it was made of.

usage: bundled.py --cnpc PATH --cases DIR

Each recording of each case is judged by the manifests and by a bundle that is
compiled from them: each line by itself, the summary, a part, and the table by
policy are the same bytes, with the places of rules."""
import subprocess
import sys
import tempfile

from cases import arguments, recordings

FORMS = (("--one-to-one",), ("--format=json",), ("--partial",),
         ("--by=policy", "--format=markdown"))
INPUT = ("--cluster", "cluster.yaml", "policies.yaml")


def run(cnpc, case, *args):
    p = subprocess.run([cnpc, *args], cwd=case, capture_output=True,
                       check=False)
    return p.returncode, p.stdout


def check(cnpc, case, bundle):
    if run(cnpc, case, "compile", "-o", bundle, *INPUT)[0] not in (0, 1):
        yield f"{case.name}: not compiled"
        return
    for name in recordings(case):
        for form in FORMS:
            flows = ("drops", *form, "--flows", name)
            if run(cnpc, case, *flows, *INPUT) != \
                    run(cnpc, case, *flows, "--bundle", bundle):
                yield f"{case.name}/{name}: {' '.join(form)}: other bytes"


def main():
    cnpc, cases = arguments(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        wrong = [line for case in cases
                 for line in check(cnpc, case, f"{folder}/{case.name}")]
    print("\n".join(wrong) or f"{len(cases)} cases: the same answers")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
