#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the documentation as a site of plain HTML, and checks its links.

usage: site.py --cmark PROGRAM --mandoc PROGRAM --out DIR MANUAL...

The pages of the source tree, which name each other as a file of docs/ or cite
`semantics.md N.M`, and the manual pages become files beside each other. What
names a page is made a link to it. A link to what is not there is an error."""
import argparse
import html
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT / "docs/rules"

# What a reader begins with, in this order; the rest follows by name.
FIRST = ["README", "tutorial", "journeys", "precedence", "install", "ci",
         "how-we-know"]
TITLES = {"README": "Overview"}

STYLE = """\
body { margin: 0 auto; max-width: 64rem; padding: 0 1rem 3rem; color: #222;
  font: 16px/1.5 system-ui, sans-serif; display: grid; gap: 0 2rem;
  grid-template-columns: 12rem minmax(0, 1fr); }
nav { font-size: 0.85rem; padding-top: 1.5rem; }
nav a { display: block; text-decoration: none; padding: 0.1rem 0; }
nav strong { display: block; margin-top: 1rem; }
a { color: #1a56a0; }
pre { background: #f5f6f8; padding: 0.7rem; overflow-x: auto;
  font-size: 0.82rem; line-height: 1.35; }
code { background: #f5f6f8; font-size: 0.9em; }
pre code { background: none; font-size: 1em; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
td, th { border: 1px solid #d5d9e0; padding: 0.25rem 0.5rem; text-align: left;
  vertical-align: top; }
img { max-width: 100%; }
dd { margin: 0 0 0.5rem 2rem; }
.head, .foot { width: 100%; } .head td, .foot td { border: 0; }
@media (max-width: 50rem) { body { display: block; } }
"""

HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
NAMED = re.compile(r"<code>(?:docs/)?([\w-]+)\.md</code>|"
                   r"<code>man/(cnpc[\w-]*\.\d)</code>|"
                   r"<code>(cnpc[\w-]*)\((\d)\)</code>")
CITED = re.compile(r"\bsemantics\.md (\d+(?:\.\d+)?)\b")
RULE = re.compile(r'href="(CNP\d+)\.md"')
MANUAL = re.compile(r'<a class="Xr" href="([^"]*)\.html"[^>]*>([^<]*)</a>')
LINK = re.compile(r'(?:href|src)="([^"]*)"')
ANCHOR = re.compile(r'\bid="([^"]*)"')


def slug(text):
    """The anchor of a heading, as readers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


class Site:
    def __init__(self, a):
        self.cmark, self.mandoc, self.out = a.cmark, a.mandoc, a.out
        pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md")]
        self.pages = {p.stem: p for p in sorted(pages, key=self.order)}
        self.pages["rules"] = RULES / "README.md"
        self.rules = {p.stem: p for p in RULES.glob("CNP*.md")}
        self.manuals = {p.name: p for p in sorted(
            a.manuals, key=lambda p: (p.suffix, p.stem))}
        self.sections = {
            m[1]: slug(m[0].lstrip("# ")) for m in re.finditer(
                r"^#+ (\d+(?:\.\d+)?)\.? .*$",
                self.pages["semantics"].read_text(), re.MULTILINE)}

    @staticmethod
    def order(path):
        rank = FIRST.index(path.stem) if path.stem in FIRST else len(FIRST)
        return (rank, path.stem.lower())

    @staticmethod
    def file(name):
        return "index.html" if name == "README" else f"{name}.html"

    def navigation(self):
        yield "<nav><strong>Pages</strong>"
        for name in self.pages:
            title = TITLES.get(name, name.capitalize().replace("-", " "))
            yield f'<a href="{self.file(name)}">{title}</a>'
        yield "<strong>Manual</strong>"
        for name in self.manuals:
            title = "{}({})".format(*name.rsplit(".", 1))
            yield f'<a href="{name}.html">{title}</a>'
        yield "</nav>"

    def write(self, name, title, body):
        (self.out / name).write_text("\n".join([
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{html.escape(title)}</title>",
            '<link rel="stylesheet" href="style.css"></head><body>',
            *self.navigation(), f"<main>{body}</main></body></html>\n"]))

    def linked(self, m):
        """What names a page, as a link, where there is such a page."""
        page, manual = m[1], m[2] or f"{m[3]}.{m[4]}"
        if page in self.pages:
            return f'<a href="{self.file(page)}">{m[0]}</a>'
        if manual in self.manuals:
            return f'<a href="{manual}.html">{m[0]}</a>'
        return m[0]

    def cited(self, m):
        anchor = self.sections.get(m[1])
        return f'<a href="semantics.html#{anchor}">{m[0]}</a>' if anchor \
            else m[0]

    def put_page(self, name, path):
        body = subprocess.run(
            [self.cmark, "-e", "table", path], capture_output=True,
            text=True, check=True).stdout
        # Of README.md, which is a folder further up.
        body = body.replace('src="docs/', 'src="')
        body = body.replace('href="rules/README.md"', 'href="rules.html"')
        body = RULE.sub(r'href="\1.html"', body)
        body = HEADING.sub(
            lambda m: f'<h{m[1]} id="{slug(html.unescape(TAG.sub("", m[2])))}">'
            f"{m[2]}</h{m[1]}>", body)
        body = CITED.sub(self.cited, NAMED.sub(self.linked, body))
        self.write(self.file(name), f"cnpc: {name}", body)

    def put_manual(self, name, path):
        body = subprocess.run(
            [self.mandoc, "-T", "html", "-O", "fragment,man=%N.%S.html", path],
            capture_output=True, text=True, check=True).stdout
        # Manual pages of others are not here.
        body = MANUAL.sub(lambda m: m[0] if m[1] in self.manuals else m[2],
                          body)
        self.write(f"{name}.html", name, body)

    def put(self):
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "style.css").write_text(STYLE)
        for image in ROOT.glob("docs/*.svg"):
            shutil.copy(image, self.out)
        shutil.copytree(ROOT / "docs/images", self.out / "images",
                        dirs_exist_ok=True)
        for name, path in (self.pages | self.rules).items():
            self.put_page(name, path)
        for name, path in self.manuals.items():
            self.put_manual(name, path)

    def dead_links(self):
        texts = {p.name: p.read_text() for p in self.out.glob("*.html")}
        anchors = {n: set(ANCHOR.findall(t)) for n, t in texts.items()}
        for name, text in sorted(texts.items()):
            for target in LINK.findall(text):
                if "://" in target:
                    continue
                page, _, anchor = html.unescape(target).partition("#")
                page = page or name
                if not (self.out / page).exists() or \
                        anchor and anchor not in anchors[page]:
                    yield f"{name}: dead link to {target}"


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cmark", required=True)
    ap.add_argument("--mandoc", required=True)
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("manuals", nargs="+", type=pathlib.Path)
    site = Site(ap.parse_args())
    site.put()
    errors = list(site.dead_links())
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
