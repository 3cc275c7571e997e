#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is tried in a virtual machine, under the kernel that it has.

usage: guest.py ROOT RELOADS ANSWER

Writes lines of JSON to ANSWER, one for each thing that was tried; the last one
says that there are no more. What a test said that failed is in its line."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

SHOP = ("--ipv6=false", "--cluster", "examples/shop/cluster.yaml",
        "examples/shop/policies")
# The dynamic address of nothing: no device leads anywhere here.
PODS = ("shop/frontend-7d9c5b6f4-x2k8p", "shop/backend-5f6b8c9d7-4tq2n",
        "shop/cart-6c4d7f8b5-h8w6r", "shop/cart-6c4d7f8b5-tn5lq",
        "data/database-0", "data/database-1")
C_TESTS = ("packets", "verify", "tc", "confine")
SAID = 4000  # characters of what a test said


class Guest:
    def __init__(self, root, out):
        self.root, self.out = pathlib.Path(root), out

    def tell(self, what, **members):
        print(json.dumps({"what": what, **members}), file=self.out, flush=True)

    def run(self, *argv):
        return subprocess.run(argv, cwd=self.root, text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)


def try_programs(g):
    """The programs of the demo, and packets through each."""
    run = g.run("bin/cnpc", "compile", "-o", "/tmp/bundle", *SHOP)
    started = time.monotonic()
    verify = g.run("bin/cnpc", "verify", "/tmp/bundle")
    seconds = time.monotonic() - started
    policies = json.loads(pathlib.Path("/tmp/bundle/manifest.json")
                          .read_text())["policies"] if not run.returncode else []
    g.tell("programs", status=verify.returncode, seconds=seconds,
           said="" if verify.returncode == 0 else
           (run.stdout + verify.stdout)[-SAID:],
           policies=[p["verifier"] for p in policies])


def try_load(g):
    """Seconds that a load of one pod takes, and one of all of them."""
    subprocess.run(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"], check=True)
    for n in range(len(PODS)):
        subprocess.run(["ip", "link", "add", f"lxc{n}", "type", "veth", "peer",
                        "name", f"peer{n}"], check=True)
    seconds, said = [], ""
    for n in (1, len(PODS)):
        devices = [f"--dev=lxc{i}={PODS[i]}" for i in range(n)]
        started = time.monotonic()
        run = g.run("bin/cnpc", "load", "--dry-run", "--pin",
                    "/sys/fs/bpf/cnpc", *devices, "/tmp/bundle")
        seconds.append(time.monotonic() - started)
        said += run.stdout if run.returncode else ""
    g.tell("load", status=1 if said else 0, said=said[-SAID:],
           pods=[1, len(PODS)], seconds=seconds)


def try_test(g, name, *argv):
    started = time.monotonic()
    run = g.run(*argv)
    counts = re.findall(r"\d+ packets, \d+ wrong", run.stdout)
    oks = re.findall(r"^(?:ok \d+ - |\[ *OK \] )(.*)$", run.stdout, re.M)
    g.tell("test", name=name, status=run.returncode, passed=oks,
           seconds=time.monotonic() - started, packets=counts,
           said="" if run.returncode == 0 else run.stdout[-SAID:])


def main():
    root, reloads, answer = sys.argv[1:]
    # In an initramfs there is no other file system to run things from.
    with open(answer, "w", encoding="utf-8") as out:
        g = Guest(root, out)
        g.tell("kernel", release=os.uname().release)
        try_programs(g)
        try_load(g)
        for name in C_TESTS:
            try_test(g, name, f"bin/test_kernel_{name}")
        for category in sorted((g.root / "conformance").iterdir()):
            try_test(g, f"verdicts-{category.name}",
                     "bin/test_kernel_conformance", category, category.name,
                     "1.20")
        python = shutil.which("python3.11")
        cnpc = g.root / "bin/cnpc"
        try_test(g, "load", python, "tests/kernel/load.py", cnpc)
        try_test(g, "traffic", python, "tests/kernel/traffic.py", cnpc,
                 reloads)
        g.tell("end")


if __name__ == "__main__":
    main()
