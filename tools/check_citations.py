#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that what the project cites is there.

usage: check_citations.py [ROOT]

Sources, tests, tools and pages cite the numbered sections of docs/*.md in one
form, "semantics.md 10.5" or "semantics.md 6.1, 6.2, 11.3 to 11.5". Each
section named must exist, and so must each page of docs/ that is named, and each
source file that a page names, such as `pmap/cover.c`. In the comments
of C a bare number of a section is refused, and so is a page without ".md".
Within a page with numbered sections a bare number means that page."""
import pathlib
import re
import sys

from check_style import source_files

FOLDERS = {"src", "grammar", "tests", "tools", "docs", "man", "bpf-templates"}
C = {".c", ".h", ".y"}

HEADING = re.compile(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", re.MULTILINE)
NUMBER = r"\d{1,2}(?:\.\d{1,2})?"
LIST = rf"{NUMBER}(?:(?:,| to| and) {NUMBER})*"
CITATION = re.compile(rf"\b(\w+)\.md ({LIST})(?![\w/-]|\.\w)")
PAGE = re.compile(r"\bdocs/([\w-]+)\.md\b")
# As from the root or from src; capitals are to be filled in.
SOURCE = re.compile(r"`((?:[a-z_-]+/)+[a-z_]+\.(?:c|h|py|def|build))`")
VAGUE = re.compile(rf"\b(\w+) ({LIST})\b")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
# Not a part of an address, of a version or of a quantity.
DOTTED = re.compile(r"(?<![\w.:/*-])(?<!YAML )\d{1,2}\.\d{1,2}"
                    r"(?![\w./%]| (?:GB|MB|s)\b)")
VERSION = re.compile(r"1\.(?:1[5-9]|[23]\d)$")
# What starts a line of a comment or of a paragraph, and the line's end.
JOIN = re.compile(r"\n[ \t]*(?:\*(?!/)|#|//|\.\\\")?[ \t]*")


def sections(text):
    """The numbers of a page's headings."""
    return set(HEADING.findall(text))


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def joined(text):
    """TEXT in one line, and for each of its characters the line it is from."""
    out, lines, at = [], [], 0
    for m in JOIN.finditer(text):
        out.append(text[at:m.start()] + " ")
        lines += [line_of(text, at)] * (m.start() - at + 1)
        at = m.end()
    out.append(text[at:])
    lines += [line_of(text, at)] * (len(text) - at + 1)
    return "".join(out), lines


def missing(name, numbers, pages):
    if name not in pages:
        yield f"docs/{name}.md has no sections, or is not there"
        return
    for number in re.findall(NUMBER, numbers):
        if number not in pages[name]:
            yield f"{name}.md has no section {number}"


def check_bare(text, known):
    """Sections that a C comment cites without the name of their page."""
    for comment in COMMENT.finditer(text):
        flat, lines = joined(comment.group())
        cited = [m.span() for m in CITATION.finditer(flat)]
        for m in DOTTED.finditer(flat):
            if m[0] in known and not any(a <= m.start() < b for a, b in cited):
                yield (line_of(text, comment.start()) + lines[m.start()] - 1,
                       f"{m[0]}: of which page?")


def check_sources(root, text):
    """The files that a page names."""
    for m in SOURCE.finditer(text):
        if not (root / m[1]).exists() and not (root / "src" / m[1]).exists():
            yield line_of(text, m.start()), f"there is no {m[1]}"


def check_file(path, name, pages):
    """PATH, of which NAME is its page of docs/, or None."""
    text = path.read_text()
    flat, lines = joined(text)
    for m in CITATION.finditer(flat):
        for why in missing(m[1], m[2], pages):
            yield lines[m.start()], why
    for m in VAGUE.finditer(flat):
        if pages.get(m[1]):
            yield lines[m.start()], f"{m[0]}: written {m[1]}.md {m[2]}"
    for m in PAGE.finditer(flat):
        if m[1] not in pages:
            yield lines[m.start()], f"there is no {m[0]}"
    if path.suffix in C:
        yield from check_bare(text, set().union(*pages.values()))
    if any("." in number for number in pages.get(name, ())):
        for m in DOTTED.finditer(text):
            if not VERSION.match(m[0]) and m[0] not in pages[name]:
                yield (line_of(text, m.start()),
                       f"{m[0]}: this page has no such section")


def check(root):
    pages = {p.stem: sections(p.read_text())
             for p in sorted((root / "docs").glob("*.md"))}
    for path in source_files(root):
        inside = path.relative_to(root)
        if len(inside.parts) > 1 and inside.parts[0] not in FOLDERS:
            continue
        try:
            path.read_text()
        except UnicodeDecodeError:
            continue
        name = path.stem if inside.parent == pathlib.Path("docs") else None
        for number, why in check_file(path, name, pages):
            yield f"{path}:{number}: {why}"
        if path.suffix == ".md" and name != "semantics":
            for number, why in check_sources(root, path.read_text()):
                yield f"{path}:{number}: {why}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    errors = list(check(root))
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
