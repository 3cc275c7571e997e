#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of docs/versions.md has an input on which `upgrade` names it.

    rows.py CNPC VERSIONS.md DIR

DIR/ROW.yaml begins with a line that says between which versions the row turns,
and what is to come of it:

    # cnpc upgrade --from=1.18.6 --to=1.18.7: changes verdicts
    # cnpc upgrade --from=1.19 --to=1.20: touches

Where it turns within a minor version, lint of either says so [CNP316].

"touches": something of the input is otherwise by this row alone, and no verdict
that is compared.
"""
import json
import os
import re
import subprocess
import sys

FIRST = re.compile(r"# cnpc upgrade (--from=\S+) (--to=\S+): "
                   r"(changes verdicts|touches)$")


def rows(path):
    """The names in the first column of the table."""
    with open(path, encoding="utf-8") as f:
        names = [line.split("|")[1].strip() for line in f
                 if line.startswith("| ")]
    return names[2:] if names[0] == "change" else names


def run(cnpc, path, options):
    """The document of an upgrade, and what went to standard error."""
    p = subprocess.run([cnpc, "upgrade", "--format=json", *options, path],
                       capture_output=True, text=True, check=False)
    if p.returncode not in (0, 1, 2):
        return None, p.stderr
    return json.loads(p.stdout), p.stderr


def is_touched(cause):
    """Whether the row alone does something to the input."""
    return any(cause["touches"].values())


def is_named(document, name):
    """Whether a change of a verdict is put down to the row, alone or not."""
    return any(name in causes
               for change in document["changes"] + document["isolation"]
               for causes in change["because"])


def is_told(cnpc, path, old, new):
    """Whether lint says where the row turns within a minor version."""
    return all("up to Cilium " in subprocess.run(
        [cnpc, "lint", f"--cilium={version}", path],
        capture_output=True, text=True, check=False).stdout
        for version in (old, new))


def problem(cnpc, path, name):
    """What is wrong with a row's input; None: nothing."""
    with open(path, encoding="utf-8") as f:
        match = FIRST.match(f.readline().rstrip("\n"))
    if not match:
        return "the first line does not say what is to come"
    document, errors = run(cnpc, path, match.group(1, 2))
    if document is None:
        return errors
    cause = {c["name"]: c for c in document["causes"]}.get(name)
    if cause is None:
        return "it does not turn between these versions"
    if not is_touched(cause) and not is_named(document, name):
        return "nothing is put down to it"
    if is_named(document, name) != (match.group(3) == "changes verdicts"):
        return f"it is not true that it {match.group(3)}"
    old, new = (o.split("=")[1] for o in match.group(1, 2))
    if (old.count(".") == 2 and (cause["changes_verdicts"]
                                 or cause["touches"]["proxies"])
            and not is_told(cnpc, path, old, new)):
        return "lint does not say that it depends on the patch"
    if any(not c["because"] for c in document["changes"]):
        return "a change has no cause"
    return None


def main():
    cnpc, versions, directory = sys.argv[1:]
    names = rows(versions)
    failed = 0
    for name in names:
        path = os.path.join(directory, name + ".yaml")
        wrong = (problem(cnpc, path, name) if os.path.exists(path)
                 else "it has no input")
        if wrong:
            print(f"{name}: {wrong}")
            failed += 1
    for file in sorted(os.listdir(directory)):
        if file.removesuffix(".yaml") not in names:
            print(f"{file}: there is no such row")
            failed += 1
    print(f"{len(names)} rows, {failed} failed")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
