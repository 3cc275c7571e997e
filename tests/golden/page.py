#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pages of `cnpc drops --html` and `cnpc diff --format=html`, as a parser
sees them.

usage: page.py CNPC SHOP

They are well-formed, each link leads to an element of the page, nothing is
loaded from elsewhere, the policy allows its own sheet and script and nothing else,
and no input becomes markup. tests/html/browser.py has one in a browser."""
import base64
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from itertools import chain

VOID = {"meta", "input", "br"}
HOSTILE = "<img src=x onerror=alert(1)>"


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.wrong = [], [], [], []
        self.tags, self.inside = [], {"style": "", "script": ""}
        self.policy = None
        self.feed(text)
        self.close()
        self.wrong += [f"not closed: {t}" for t in self.open]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"])
        if "Content-Security-Policy" in attrs.values():
            self.policy = attrs["content"]
        for name in attrs:
            if name in ("src", "style", "srcset") or name.startswith("on"):
                self.wrong.append(f"<{tag} {name}>")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> out of place")

    def handle_data(self, data):
        if self.open and self.open[-1] in self.inside:
            self.inside[self.open[-1]] += data


def hash_of(text):
    digest = hashlib.sha256(text.encode()).digest()
    return "'sha256-" + base64.b64encode(digest).decode() + "'"


def complaints(text):
    page = Page(text)
    yield from page.wrong
    if len(set(page.ids)) != len(page.ids):
        yield "an id occurs twice"
    for link in page.links:
        if link[:1] != "#" or link[1:] not in page.ids:
            yield f"{link} leads out of the page"
    want = (f"default-src 'none'; style-src {hash_of(page.inside['style'])}; "
            f"script-src {hash_of(page.inside['script'])}; "
            "base-uri 'none'; form-action 'none'")
    if page.policy != want:
        yield f"the policy is {page.policy}, not {want}"
    if page.tags.count("h1") != 1 or page.tags.count("script") != 1:
        yield "not one heading, or not one script"
    if re.search(r"https?:|url\(|@import", page.inside["style"] +
                 page.inside["script"]):
        yield "the sheet or the script names something else"


class Runs:
    def __init__(self, cnpc, shop, folder):
        self.cnpc, self.shop, self.folder = cnpc, shop, folder

    def drops(self, page, *options, flows=None):
        return subprocess.run(
            [self.cnpc, "drops", "--html", page, "--cluster",
             self.shop / "cluster.yaml", "--flows",
             flows or self.shop / "flows.jsonl", *options,
             self.shop / "policies"], capture_output=True, timeout=60)

    def page(self, *options, **more):
        page = self.folder / "page.html"
        p = self.drops(page, *options, **more)
        if p.returncode not in (0, 1):
            sys.exit(p.stderr.decode())
        return page.read_text()


    def diff(self, old, new, *options):
        p = subprocess.run(
            [self.cnpc, "diff", "--format=html", "--cluster",
             self.shop / "cluster.yaml", "--cluster", self.shop / "policies",
             *options, old, new], capture_output=True, timeout=60)
        if p.returncode not in (0, 1):
            sys.exit(p.stderr.decode())
        return p.stdout.decode()


def check_changes(runs):
    """The same of a change."""
    old, new = runs.shop / "policies/data.yaml", runs.shop / "mended.yaml"
    text = runs.diff(old, new)
    yield "a change's page", list(complaints(text))
    yield "it has a matrix, and what decides", [
        part for part in ('class="matrix"', 'href="#change-0"',
                          'id="change-0"', "before: ", "after: ")
        if part not in text]
    yield "it is the same each time", \
        [] if runs.diff(old, new) == text else ["it is not"]
    text = runs.diff(old, new, "--flows", runs.shop / "flows.jsonl")
    yield "it counts what was recorded of each set", list(complaints(text)) + \
        ([] if re.search(r">recorded [0-9]+ connections?[ ,<]", text) else [text])
    yield "a page without a change", list(complaints(runs.diff(old, old)))
    named = runs.folder / f"{HOSTILE.replace('/', '')}.yaml"
    named.write_bytes(new.read_bytes())
    text = runs.diff(old, named)
    named.unlink()
    yield "a hostile name is text", list(complaints(text)) + \
        [w for w in ("<img",) if w in text] + \
        [w for w in ("&lt;img",) if w not in text]


def check(runs):
    """What is tested, and what is wrong with it."""
    text = runs.page("--precedence=cilium")
    yield "the shop's page", list(complaints(text))
    yield "it is the same each time", \
        [] if runs.page("--precedence=cilium") == text else ["it is not"]
    yield "it has rules and recorded lines", [
        part for part in ("fromEndpoints", "traffic_direction", "near miss",
                          "but for the namespace") if part not in text]

    flows = runs.folder / "flows.csv"
    flows.write_text(f"{HOSTILE},data/app=database,5432,tcp\n"
                     "shop/app=cart,&lt;,443,tcp\n")
    text = runs.page(flows=flows)
    yield "hostile names are text", list(complaints(text)) + \
        [w for w in ("<img", "& lt;") if w in text] + \
        [w for w in ("&lt;img", "&amp;lt;") if w not in text]

    flows.write_text("nobody,nothing,0,tcp\n")
    yield "a page of what is unknown", list(complaints(runs.page(flows=flows)))
    yield "a page without new drops", list(complaints(runs.page(
        "--new", flows=flows)))

    nowhere = runs.folder / "no" / "page.html"
    p = runs.drops(nowhere)
    yield "a folder that is not there", \
        [] if p.returncode == 4 and b"cannot write" in p.stderr else [p]
    p = runs.drops(runs.folder)
    yield "a folder in its place", [] if p.returncode == 4 else [p]
    yield "nothing is left behind", [
        str(f) for f in runs.folder.iterdir()
        if f.name not in ("page.html", "flows.csv")]


def main():
    cnpc, shop = (pathlib.Path(a).resolve() for a in sys.argv[1:])
    failed = n = 0
    with tempfile.TemporaryDirectory() as tmp:
        for n, (what, wrong) in enumerate(
                chain(*(c(Runs(cnpc, shop, pathlib.Path(tmp)))
                        for c in (check, check_changes))), 1):
            failed += bool(wrong)
            print(f"{'not ok' if wrong else 'ok'} {n} - {what}")
            for w in wrong:
                print(f"# {w}")
    print(f"1..{n}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
