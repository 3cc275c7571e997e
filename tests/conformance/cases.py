# SPDX-License-Identifier: Apache-2.0
"""Conformance cases that are asked something: what tests over all of them
share."""
import argparse
import json
import pathlib
import random
import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

VERDICTS = {0: "allowed", 1: "dropped", 2: "unknown"}
FLAGS = {"ipv4": "--ipv4", "ipv6": "--ipv6", "enforcement": "--enforcement",
         "localhost": "--allow-localhost", "node": "--node"}
ADDRESSES = ["192.0.2.1", "10.0.0.1", "198.51.100.7", "world", "host"]
TIMEOUT = 60


def options(case):
    path = case / "options.json"
    given = json.loads(path.read_text()) if path.exists() else {}
    for key, value in sorted(given.items()):
        text = str(value).lower() if isinstance(value, bool) else value
        yield f"{FLAGS[key]}={text}"


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


def over_all(doc, check, number, default):
    """Reads the options that the page DOC tells of: the program, the cases, a
    seed, and --NUMBER. Runs CHECK(case, rng, number) on each case, which
    returns a Counter and lines that tell what is wrong; returns all counts
    and whether nothing was wrong, after telling it."""
    ap = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--cases", required=True, type=pathlib.Path, nargs="+")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument(f"--{number}", dest="number", type=int, default=default)
    a = ap.parse_args()
    cases = [Case(a.cnpc.resolve(), p.parent) for folder in a.cases
             for p in sorted(folder.glob("*/policies.yaml"))
             if (p.parent / "cluster.yaml").exists()]

    def one(case):
        return check(case, random.Random(f"{a.seed} {case.folder.name}"),
                     a.number)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, cases))
    for _, lines in results:
        print(*lines, sep="\n", end="\n" if lines else "")
    return sum((n for n, _ in results), Counter()), \
        not any(lines for _, lines in results)
