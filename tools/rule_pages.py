#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the pages of docs/rules/ against what `cnpc explain` makes, and its HTML
against them: the same rules with the same examples.

usage: rule_pages.py --cnpc PROGRAM [--update]

With --update they are written anew."""
import argparse
import html
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "docs/rules"


def explain(cnpc, form, *rule):
    return subprocess.run([cnpc, "explain", f"--format={form}", *rule],
                          capture_output=True, text=True, check=True).stdout


def pages(cnpc):
    """Name and text of each page."""
    table = explain(cnpc, "markdown")
    yield "README.md", table
    for name in re.findall(r"\((CNP\d+)\.md\)", table):
        yield f"{name}.md", explain(cnpc, "markdown", name)


def sections(text):
    """The examples of each rule in a page of HTML."""
    return {name: [html.unescape(e) for e in
                   re.findall(r"<pre>(.*?)</pre>", body, re.S)]
            for name, body in re.findall(
                r'<section id="(CNP\d+)">(.*?)</section>', text, re.S)}


def html_differs(cnpc, wanted):
    """Says where HTML has other rules or examples than WANTED."""
    examples = {name.removesuffix(".md"):
                re.findall(r"```yaml\n(.*?)```", text, re.S)
                for name, text in wanted.items() if name != "README.md"}
    found = sections(explain(cnpc, "html"))
    wrong = [n for n in examples | found if found.get(n) != examples.get(n)]
    one = next(iter(examples))
    if sections(explain(cnpc, "html", one)) != {one: examples[one]}:
        wrong.append(one)
    for name in wrong:
        print(f"the HTML of {name} has other examples")
    return bool(wrong)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True)
    ap.add_argument("--update", action="store_true")
    a = ap.parse_args()
    wanted = dict(pages(a.cnpc))
    found = {p.name: p.read_text() for p in FOLDER.glob("*.md")}
    wrong = sorted(n for n in wanted | found if wanted.get(n) != found.get(n))
    for name in wrong:
        print(f"docs/rules/{name} is not what cnpc explain says")
        if a.update and name in wanted:
            (FOLDER / name).write_text(wanted[name])
        elif a.update:
            (FOLDER / name).unlink()
    return 1 if html_differs(a.cnpc, wanted) or wrong and not a.update else 0


if __name__ == "__main__":
    sys.exit(main())
