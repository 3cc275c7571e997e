#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the manual pages.

usage: check_man.py [--cnpc PROGRAM] [--mandoc PROGRAM] PAGE...

Each page passes `mandoc -T lint` without a word and refers only to cnpc pages
that exist. The pages named are all that lie in their folders. With --cnpc
every command that `cnpc help` names, but help itself, has a page
cnpc-COMMAND.1, which or cnpc.1 describes each option that its help names, and
cnpc-settings.5 lists the settings that it reads. References to other projects'
pages are not looked up: the result must not depend on what is installed."""
import argparse
import pathlib
import re
import subprocess
import sys

XREF = re.compile(r"^\.Xr (cnpc\S*) (\d)", re.MULTILINE)
COMMAND = re.compile(r"^  ([a-z]+) +\S", re.MULTILINE)
OPTION = re.compile(r"^  (?:-\w, )?--([\w-]+)", re.MULTILINE)
DESCRIBED = re.compile(r"\bFl -([\w-]+)")
NOT_OURS = ("referenced manual not found", "outdated mandoc.db")


def lint(mandoc, page):
    run = subprocess.run([mandoc, "-T", "lint", "-W", "style", str(page)],
                         capture_output=True, text=True)
    for line in (run.stdout + run.stderr).splitlines():
        if not any(text in line for text in NOT_OURS):
            yield line.removeprefix("mandoc: ")


def check_references(page, names):
    for name, section in XREF.findall(page.read_text()):
        if f"{name}.{section}" not in names:
            yield f"{page}: .Xr {name} {section}: there is no such page"


def check_listed(pages):
    for folder in sorted({p.parent for p in pages}):
        for p in sorted(set(folder.glob("*.[1-8]")) - set(pages)):
            yield f"{p}: not in meson.build's list"


def check_commands(cnpc, names):
    run = subprocess.run([cnpc, "help"], capture_output=True, text=True)
    commands = COMMAND.findall(run.stdout)
    if run.returncode or not commands:
        yield f"{cnpc} help: exit {run.returncode}, names no command"
    for c in sorted(set(commands) - {"help"}):
        if f"cnpc-{c}.1" not in names:
            yield f"man/cnpc-{c}.1: missing, `cnpc help` names {c}"


def check_options(cnpc, pages):
    texts = {p.name: p.read_text() for p in pages}
    for name in sorted(n for n in texts if re.fullmatch(r"cnpc-\w+\.1", n)):
        command = name.removeprefix("cnpc-").removesuffix(".1")
        run = subprocess.run([cnpc, "help", command], capture_output=True,
                             text=True)
        described = DESCRIBED.findall(texts[name] + texts.get("cnpc.1", ""))
        for o in OPTION.findall(run.stdout):
            if o not in described:
                yield f"man/{name}: --{o} is not described"


def check_settings(cnpc, pages):
    """cnpc-settings(5) lists what --dump=settings names, no more, no less."""
    run = subprocess.run([cnpc, "show", "all", "--dump=settings", "-"],
                         stdin=subprocess.DEVNULL, capture_output=True,
                         text=True)
    keys = {line.split(":")[0] for line in run.stdout.splitlines()}
    for page in pages:
        if page.name != "cnpc-settings.5":
            continue
        items = re.findall(r"^\.It (Li .*)$", page.read_text(), re.MULTILINE)
        listed = {w for i in items for w in re.findall(r"Li ([^ ,]+)", i)}
        for key in sorted(keys ^ listed):
            yield f"{page}: {key}: not both here and in --dump=settings"


def check(pages, cnpc=None, mandoc="mandoc"):
    names = {p.name for p in pages}
    errors = list(check_listed(pages))
    for page in pages:
        errors += lint(mandoc, page)
        errors += check_references(page, names)
    if cnpc:
        errors += check_commands(cnpc, names)
        errors += check_options(cnpc, pages)
        errors += check_settings(cnpc, pages)
    return errors


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc")
    ap.add_argument("--mandoc", default="mandoc")
    ap.add_argument("pages", nargs="+", type=pathlib.Path, metavar="PAGE")
    a = ap.parse_args()
    errors = check(a.pages, a.cnpc, a.mandoc)
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
