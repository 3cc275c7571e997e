#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the traps: what people get wrong about policies, each a named test.

usage: traps.py --cnpc PROGRAM TRAPS_DIR

A trap is a folder NN-name of TRAPS_DIR, which begins with the number 01 to 50
that it has in the specification; none may be missing.  It holds input.yaml,
which is compiled beside TRAPS_DIR/cluster.yaml, and `expect`, lines of

    FROM -> TO PORT/PROTO [REQUEST]: VERDICT [CODE] [by NAME]
    options OPTION...       those of the lines below, instead of earlier ones
    lint: [not] CNP###      a finding that must, or must not, be there; errors
                            that no such line of the folder names are faults
    dump PASS: [not] TEXT   what the dump of a pass must, or must not, hold
    test: FILE FUNCTION     a test of the project that proves it

REQUEST is METHOD PATH or SNI NAME.  CODE is the drop reason.  NAME is the
policy that decides, NAMESPACE/NAME; nobody for none.  Prints TAP."""
import argparse
import json
import pathlib
import re
import subprocess
import sys

TRAPS = 50
ROOT = pathlib.Path(__file__).resolve().parents[2]
QUESTION = re.compile(
    r"(\S+) -> (\S+) (\S+)(?: (\S+) (\S+))?: (\w+)(?: (\d+))?(?: by (\S+))?")


class Trap:
    def __init__(self, cnpc, folder):
        self.cnpc = cnpc
        self.folder = folder
        self.input = folder / "input.yaml"
        self.options = []

    def run(self, command, *args):
        cluster = self.folder.parent / "cluster.yaml"
        return subprocess.run(
            [self.cnpc, *command, *args, *self.options, "--cluster", cluster,
             self.input], capture_output=True, text=True, check=False)

    def ask(self, match):
        start, end, port, *request = match.group(1, 2, 3, 4, 5)
        args = ["--from", start, "--to", end, "--port", port]
        if request[0] == "SNI":
            args += ["--sni", request[1]]
        elif request[0]:
            args += ["--method", request[0], "--path", request[1]]
        run = self.run(["trace", "--format=json"], *args)
        try:
            answer = json.loads(run.stdout)
        except json.JSONDecodeError:
            return "no answer: " + run.stderr
        sides = [p[s] for p in answer["pairs"] for s in ("egress", "ingress")]
        codes = {str(s["drop_reason"]["code"]) for s in sides
                 if "drop_reason" in s}
        names = {f"{r['namespace']}/{r['name']}" for s in sides
                 for r in s.get("rules", [])
                 if r["role"] == "decides" and r["name"]} or {"nobody"}
        verdict, code, name = match.group(6, 7, 8)
        if answer["verdict"] != verdict:
            return f"{answer['verdict']}, not {verdict}"
        if code and codes != {code}:
            return f"drop reason {', '.join(codes)}, not {code}"
        if name and name not in names:
            return f"by {', '.join(names)}, not by {name}"
        return None

    def findings(self, *levels):
        """The ids of what cnpc lint finds; no levels are all levels."""
        run = self.run(["lint", "--format=json"])
        return {f["id"] for f in json.loads(run.stdout)["findings"]
                if not levels or f["level"] in levels}

    def look(self, text, words):
        wanted = not words.startswith("not ")
        words = words.removeprefix("not ")
        if (words in text) == wanted:
            return None
        return f"{words}: {'missing' if wanted else 'there'} in\n{text}"

    def prove(self, name, function):
        path = ROOT / name
        if not path.is_file():
            return "no such file"
        found = re.search(rf"^{re.escape(function)}\(", path.read_text(), re.M)
        return None if function and found else "no such function"

    def check(self, line):
        """None, or what is wrong."""
        word, _, rest = line.partition(" ")
        match = QUESTION.fullmatch(line)
        if match:
            return self.ask(match)
        if word == "options":
            self.options = rest.split()
            return None
        if word == "lint:":
            return self.look(" ".join(sorted(self.findings())), rest)
        if word == "test:":
            return self.prove(*rest.partition(" ")[::2])
        match = re.fullmatch(r"dump (\w+): (.*)", line)
        if match:
            return self.look(
                self.run(["show", "all", f"--dump={match[1]}"]).stdout,
                match[2])
        return "not a line that is known"

    def faults(self):
        lines = (self.folder / "expect").read_text().splitlines()
        lines = [s for s in lines if s and not s.startswith("#")]
        if not lines:
            yield "expects nothing"
        named = {s.split()[-1] for s in lines if s.startswith("lint: ")}
        for line in [*lines, "options"]:
            if line.startswith("options") and self.input.exists():
                errors = self.findings("error", "unsupported") - named
                if errors:
                    yield f"found {' '.join(sorted(errors))}, too"
            fault = self.check(line)
            if fault:
                yield f"{line}: {fault}"


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True)
    ap.add_argument("traps", type=pathlib.Path)
    a = ap.parse_args()
    folders = sorted(p for p in a.traps.iterdir() if p.is_dir())
    numbers = [p.name[:2] for p in folders]
    wanted = [f"{n:02}" for n in range(1, TRAPS + 1)]
    failed = numbers != wanted
    print(f"1..{len(folders) + 1}")
    print(f"{'not ok' if failed else 'ok'} 1 each trap from 01 to {TRAPS} once")
    for number, folder in enumerate(folders, 2):
        faults = list(Trap(a.cnpc, folder).faults())
        failed |= bool(faults)
        for fault in faults:
            print("# " + fault.replace("\n", "\n# "))
        print(f"{'not ok' if faults else 'ok'} {number} {folder.name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
