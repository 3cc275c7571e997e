#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is not known in full is never answered wrongly.

usage: unknown.py --cnpc PATH --cases DIR [--seed N] [--mutants N]

Of each conformance case some scalar of a policy is replaced by a variable,
whose value could be the very one that was there: so the verdict on every
connection must be the case's own, or unknown. --mutants times a case, a few
connections each. Ends with `N the same, N unknown, N answered otherwise`; some
must be the same, or nothing was learnt."""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

SCALAR = re.compile(r"^(\s*(?:- )*)(?:([\w./:'\"-]+):\s+|(?=[^\s{\[#|>&*-]))"
                    r"([^\s{\[#|>&*].*)$")
VERDICTS = {0: "allowed", 1: "dropped", 2: "unknown"}
FLAGS = {"ipv4": "--ipv4", "ipv6": "--ipv6", "enforcement": "--enforcement",
         "localhost": "--allow-localhost", "node": "--node"}
ADDRESSES = ["192.0.2.1", "10.0.0.1", "198.51.100.7", "world", "host"]
TIMEOUT = 60


def options(case):
    given = json.loads((case / "options.json").read_text())
    for key, value in sorted(given.items()):
        text = str(value).lower() if isinstance(value, bool) else value
        yield f"{FLAGS[key]}={text}"


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


class Case:
    def __init__(self, cnpc, folder, given=None):
        self.cnpc, self.folder = cnpc, folder
        self.options = list(options(folder)) if given is None else given

    def run(self, *args):
        return subprocess.run(
            [self.cnpc, *args, *self.options, "--cluster",
             self.folder / "cluster.yaml"], capture_output=True, text=True,
            timeout=TIMEOUT)

    def pods(self, policies):
        shown = json.loads(self.run("show", "endpoints", "--format=json",
                                    policies).stdout)
        return [f"{e['namespace']}/{e['name']}" for e in shown["endpoints"]
                if e["namespace"]]

    def verdict(self, question, policies):
        p = self.run("trace", *question, policies)
        if p.returncode not in VERDICTS:
            raise RuntimeError(f"{self.folder.name}: exit {p.returncode}: "
                               f"{p.stderr[-300:]}")
        return VERDICTS[p.returncode]

    def questions(self, rng, n, policies):
        """Connections between pods, and with the outside."""
        pods = self.pods(policies)
        text = policies.read_text()
        ports = [n for n in re.findall(r"port: '?([1-9]\d*)'?", text)
                 if int(n) < 65536] + ["80"]
        for _ in range(n if pods else 0):
            one = rng.choice(pods)
            others = [p for p in pods + ADDRESSES if p != one]
            ends = [one, rng.choice(others)]
            rng.shuffle(ends)
            port = f"{rng.choice(ports)}/{rng.choice(['tcp', 'tcp', 'udp'])}"
            yield ["--from", ends[0], "--to", ends[1], "--port", port]

    def check(self, rng, mutants):
        """How many answers were the same and unknown, and the wrong ones."""
        count, wrong = Counter(), []
        text = (self.folder / "policies.yaml").read_text()
        whole = self.folder / "policies.yaml"
        for _ in range(mutants):
            changed, line = mutate(text, rng)
            if changed is None:
                break
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
                f.write(changed)
                f.flush()
                for q in self.questions(rng, 3, whole):
                    was, now = self.verdict(q, whole), self.verdict(q, f.name)
                    if now == was:
                        count["same"] += 1
                    elif now == "unknown":
                        count["unknown"] += 1
                    else:
                        wrong.append(
                            f"{self.folder.name}: line {line} unknown, "
                            f"{' '.join(q)}: {now}, was {was}")
        return count, wrong


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--cases", required=True, type=pathlib.Path)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--mutants", type=int, default=2)
    a = ap.parse_args()
    cases = [Case(a.cnpc.resolve(), p.parent)
             for p in sorted(a.cases.glob("*/policies.yaml"))]

    def check(case):
        rng = random.Random(f"{a.seed} {case.folder.name}")
        return case.check(rng, a.mutants)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(check, cases))
    count = sum((n for n, _ in results), Counter())
    wrong = [line for _, lines in results for line in lines]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{count['same']} the same, {count['unknown']} unknown, "
          f"{len(wrong)} answered otherwise")
    return 1 if wrong or not count["same"] else 0


if __name__ == "__main__":
    sys.exit(main())
