#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Provokes the diagnostics whose inputs are too large or too strange to keep.

usage: unwieldy.py PROGRAM DIAGNOSTICS.def GOLDEN_DIR

Each case below makes an input and names the diagnostic that it must provoke.
Then every diagnostic of the .def must have a bad example there, or a golden
output that shows it, or a case here, or be in ELSEWHERE. Prints TAP."""
import pathlib
import re
import subprocess
import sys
import tempfile

# What no command provokes in the time of a test, with where it is from.
ELSEWHERE = {
    "CNP031": "tests/unit/test_yaml.c",  # 200 million values
    "CNP034": "tests/golden/staged.py",  # needs a repository
    "CNP035": "tests/golden/staged.py",
    "CNP036": "tests/golden/revisions.py",
    "CNP037": "tests/golden/revisions.py",
    "CNP038": "tests/golden/revisions.py",
    "CNP501": "tests/golden/output.py",
    "CNP504": "src/bundle/bundle.c",  # 55,536 proxies
    "CNP506": "tests/unit/test_image.c",  # an image with a right hash
    # a kernel or a program with a fault
    "CNP507": "src/kernel/verify.c",
    "CNP508": "src/kernel/verify.c",
    "CNP509": "tests/golden/output.py",  # a directory of its own inputs
    "CNP510": "src/driver/passes.c",  # a file that root cannot remove
    "CNP511": "tests/golden/meanwhile.py",
    "CNP512": "src/kernel/verify.c",  # a file system that is read-only
    "CNP516": "tests/kernel/test_kernel_verify.c",  # a system without room
}
POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: wide, namespace: shop}
spec:
  endpointSelector: {}
  egress:
"""
POD = """apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
---
"""


def prefixes(count, ports):
    """A policy of COUNT prefixes at each of PORTS ports, and its pod."""
    listed = ", ".join(f"{{port: '{n}', protocol: TCP}}"
                       for n in range(1000, 1000 + ports))
    yield POD + POLICY + f"  - toPorts: [{{ports: [{listed}]}}]\n    toCIDR:\n"
    for n in range(count):
        yield f"    - 172.{16 + n // 65536}.{n // 256 % 256}.{n % 256}/32\n"


def sparse(path):
    with open(path, "wb") as f:
        f.truncate((1 << 30) + 1)


def linked(path):
    path.mkdir()
    (path / "loop").symlink_to(".")


# name, how the input is made, the command around it, what it provokes
CASES = (
    ("empty folder", lambda p: p.mkdir(), ["lint", "{}"], "CNP002"),
    ("an empty file", lambda p: p.write_text(""), ["lint", "{}"], "CNP007"),
    ("a link to a folder", linked, ["lint", "{}"], "CNP008"),
    ("a file over the limit", sparse, ["lint", "{}"], "CNP003"),
    ("UTF-16", lambda p: p.write_bytes("a: b\n".encode("utf-16")),
     ["lint", "{}"], "CNP004"),
    ("bad UTF-8", lambda p: p.write_bytes(b"kind: NetworkPolicy\na: \xff\n"), ["lint", "{}"],
     "CNP005"),
    ("a NUL", lambda p: p.write_bytes(b"kind: NetworkPolicy\na: \0\n"), ["lint", "{}"], "CNP006"),
    ("documents", lambda p: p.write_text("---\nkind: NetworkPolicy\n" * 1000001),
     ["lint", "{}"], "CNP032"),
    ("a platform's map", lambda p: p.write_text("".join(prefixes(450, 40))),
     ["lint", "--profile=aks", "{}"], "CNP357"),
    ("an agent's map", lambda p: p.write_text("".join(prefixes(450, 40))),
     ["compile", "-o", "{}.bundle", "{}"], "CNP502"),
    ("any map", lambda p: p.write_text("".join(prefixes(1700, 40))),
     ["compile", "-o", "{}.bundle", "{}"], "CNP503"),
)


def provokes(cnpc, folder, case):
    name, make, command, wanted = case
    path = folder / f"{wanted}.yaml"
    make(path)
    run = subprocess.run([cnpc, *(w.format(path) for w in command)],
                         capture_output=True, text=True, check=False)
    return wanted in run.stdout + run.stderr


def without_case(definitions, golden):
    """The ids that nothing shows."""
    shown = set(ELSEWHERE) | {wanted for _, _, _, wanted in CASES}
    for path in golden.rglob("std*"):
        if path.is_file():
            shown |= set(re.findall(r"CNP\d{3}",
                                    path.read_text(errors="replace")))
    entries = re.split(r"^(?=CNP\d{3} )", definitions, flags=re.MULTILINE)
    for entry in entries[1:]:
        if "\n  bad\n" not in entry and entry[:6] not in shown:
            yield entry[:6]


def main():
    cnpc, definitions, golden = sys.argv[1:4]
    failed = False
    print(f"1..{len(CASES) + 1}")
    with tempfile.TemporaryDirectory() as tmp:
        for number, case in enumerate(CASES, 1):
            ok = provokes(cnpc, pathlib.Path(tmp), case)
            failed |= not ok
            print(f"{'ok' if ok else 'not ok'} {number} {case[3]}: {case[0]}")
    lost = list(without_case(pathlib.Path(definitions).read_text(),
                             pathlib.Path(golden)))
    failed |= bool(lost)
    if lost:
        print("# no example, golden output or case: " + " ".join(lost))
    print(f"{'not ok' if lost else 'ok'} {len(CASES) + 1} "
          "each diagnostic has a case")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
