#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every bundle is proved, and a bundle of other policies is not.

usage: prove.py --cnpc PATH --cases DIR [--seed N] [--others N]

Each conformance case is compiled with --prove in both models and for every
version that it has a result of; no counterexample may be found. --others times
a case, the bundle is held against the policies less one of them, as JSON.
Ends with how many bundles were proved, how many cases have no bundle because
their input is wrong, and how many of the others differ: some must."""
import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from cases import over_all

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from check_json import Schemas  # noqa: E402

SCHEMAS = Schemas(ROOT / "schemas")
MODELS = ["cilium", "clusterwide"]


def versions(case):
    found = [re.match(r"expected-(1\.\d+)\.json", p.name)
             for p in case.folder.iterdir()]
    return sorted(m[1] for m in found if m) + ["1.20"]


def without_one(text, rng):
    """TEXT, a YAML stream, without one of its documents."""
    documents = re.split(r"(?m)^---\n", text)
    documents.pop(rng.randrange(len(documents)))
    return "---\n".join(documents)


def prove_other(case, bundle, flags, rng):
    """What the proof of the bundle against other policies says, or None."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
        f.write(without_one((case.folder / "policies.yaml").read_text(), rng))
        f.flush()
        p = case.run("prove", *flags, "--format=json", "--allow-empty",
                     bundle, f.name)
    if p.returncode not in (0, 1):
        return None
    proof = json.loads(p.stdout)
    assert proof["proved"] == (p.returncode == 0), p.stdout
    assert proof["proved"] == (not proof["counterexamples"]), p.stdout
    assert not SCHEMAS.complaints(proof), SCHEMAS.complaints(proof)
    return proof


def check(case, rng, others):
    count, wrong = Counter(), []
    with tempfile.TemporaryDirectory() as tmp:
        for model in MODELS:
            for version in versions(case):
                flags = [f"--precedence={model}", f"--cilium={version}"]
                bundle = Path(tmp) / f"{model}-{version}"
                p = case.run("compile", "--prove", "-o", bundle, *flags,
                             case.folder / "policies.yaml")
                if p.returncode == 2 and not bundle.exists():
                    count["none"] += 1
                    continue
                count["proved"] += p.returncode == 0
                if p.returncode != 0:
                    wrong.append(f"{case.folder.name} {' '.join(flags)}: "
                                 f"exit {p.returncode}\n{p.stdout}")
                for _ in range(others):
                    proof = prove_other(case, bundle, flags, rng)
                    count["differ"] += bool(proof and not proof["proved"])
    return count, wrong


def main():
    count, fine = over_all(__doc__, check, "others", 1)
    print(f"{count['proved']} bundles proved, {count['none']} not there, "
          f"{count['differ']} differ from other policies")
    sys.exit(not fine or not count["proved"] or not count["differ"])


if __name__ == "__main__":
    main()
