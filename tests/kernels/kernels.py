#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Boots Debian's kernels in virtual machines and tries the programs in each.

usage: kernels.py BUILD WORK JSON [SUITE...]

BUILD is the build directory; kernels are fetched to WORK, and stay there. JSON
is written: what was tried, by kernel; page.py makes a table of it. Exit status
1 when something failed in one of them."""
import json
import pathlib
import sys

import machine
from debian import fetch_kernel

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SUITES = ("bullseye", "bookworm", "trixie", "sid")
TESTS = ("confine", "conformance", "packets", "tc", "verify")
# Of what a policy can say; all of the cases would take an emulated processor
# half a day.
CATEGORIES = ("aggregates", "icmp", "l7", "ports")
RELOADS = 20
SECONDS = 3600
COMMAND = f"/usr/bin/python3.11 /cnpc/tests/guest.py /cnpc {RELOADS} " \
    "/dev/ttyS1"


def files(build):
    """(here, there) of what the machine has of ours."""
    yield build / "cnpc", "cnpc/bin/cnpc"
    for name in TESTS:
        yield (build / "tests/kernel" / f"test_kernel_{name}",
               f"cnpc/bin/test_kernel_{name}")
    yield HERE / "guest.py", "cnpc/tests/guest.py"
    yield ROOT / "tools/tap.py", "cnpc/tools/tap.py"
    for d in ("examples/shop", "testdata/lab"):
        yield ROOT / d, f"cnpc/{d}"
    for f in (ROOT / "tests/kernel").glob("*.py"):
        yield f, f"cnpc/tests/kernel/{f.name}"
    for category in CATEGORIES:
        for case in (ROOT / "testdata/conformance").glob(f"{category}-*"):
            yield case, f"cnpc/conformance/{category}/{case.name}"


def try_suite(suite, build, work):
    image, modules = fetch_kernel(suite, work)
    print(f"kernels: {modules.name}", file=sys.stderr, flush=True)
    machine.make_tree(work / "root", modules, files(build), COMMAND)
    machine.pack(work / "root", work / "initramfs")
    answer, console = machine.run(image, work / "initramfs", work, SECONDS)
    told = [json.loads(line) for line in answer.splitlines()]
    bad = [t for t in told if t.get("status", 0)]
    for t in bad:
        print(f"{suite}: {t.get('name', t['what'])} failed:\n{t['said']}")
    if not told or told[-1]["what"] != "end":
        print(f"{suite}: the machine ended early:\n{console[-4000:]}")
        bad.append("end")
    return {"suite": suite, "release": modules.name, "failed": len(bad),
            "tried": told}


def main():
    build, work, result, *suites = sys.argv[1:]
    found = [try_suite(s, pathlib.Path(build), pathlib.Path(work).resolve() / s)
             for s in suites or SUITES]
    pathlib.Path(result).write_text(json.dumps(found, indent=1) + "\n")
    return 1 if any(f["failed"] for f in found) else 0


if __name__ == "__main__":
    sys.exit(main())
