#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is not known in full is never answered wrongly.

usage: unknown.py --cnpc PATH --cases DIR [--seed N] [--mutants N]

Of each conformance case some scalar of a policy is replaced by a variable,
whose value could be the very one that was there: so the verdict on every
connection must be the case's own, or unknown. --mutants times a case, a few
connections each. Ends with `N the same, N unknown, N answered otherwise`; some
must be the same, or nothing was learnt."""
import re
import sys
import tempfile
from collections import Counter

from cases import over_all

SCALAR = re.compile(r"^(\s*(?:- )*)(?:([\w./:'\"-]+):\s+|(?=[^\s{\[#|>&*-]))"
                    r"([^\s{\[#|>&*].*)$")


def scalars(lines):
    """The lines of a policy whose value can become a variable."""
    for i, line in enumerate(lines):
        m = SCALAR.match(line)
        if m and m[2] not in ("apiVersion", "kind"):
            yield i, m


def mutate(text, rng):
    """TEXT with a variable in it, and which line has it."""
    lines = text.splitlines()
    places = list(scalars(lines))
    if not places:
        return None, 0
    i, m = rng.choice(places)
    key = f"{m[2]}: " if m[2] else ""
    lines[i] = f'{m[1]}{key}"${{X}}"'
    return "\n".join(lines) + "\n", i + 1


def check(case, rng, mutants):
    """How many answers were the same and unknown, and the wrong ones."""
    count, wrong = Counter(), []
    text = (case.folder / "policies.yaml").read_text()
    whole = case.folder / "policies.yaml"
    for _ in range(mutants):
        changed, line = mutate(text, rng)
        if changed is None:
            break
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(changed)
            f.flush()
            for q in case.questions(rng, 3, whole):
                was, now = case.verdict(q, whole), case.verdict(q, f.name)
                if now == was:
                    count["same"] += 1
                elif now == "unknown":
                    count["unknown"] += 1
                else:
                    count["otherwise"] += 1
                    wrong.append(
                        f"{case.folder.name}: line {line} unknown, "
                        f"{' '.join(q)}: {now}, was {was}")
    return count, wrong


def main():
    count, right = over_all(__doc__, check, "mutants", 2)
    print(f"{count['same']} the same, {count['unknown']} unknown, "
          f"{count['otherwise']} answered otherwise")
    return 0 if right and count["same"] else 1


if __name__ == "__main__":
    sys.exit(main())
