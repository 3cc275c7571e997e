#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks how the C is written that was not generated.

usage: check_c.py [ROOT]

In src, tests and bpf-templates: one dialect, and comments in plain words. In
src also: each .c file opens with a comment that says what it is for; no file
is over 500 lines, no function over 60; no ten equal lines occur twice; and
only src/cilium/version.c compares versions of Cilium: all other code asks for
a change by its name."""
import argparse
import pathlib
import re
import sys

MAX_FILE = 500  # lines
MAX_FUNCTION = 60
MAX_EQUAL = 9  # lines in a row that occur twice
MIN_HEAD = 20  # letters of the comment that a file opens with

DIALECT = (
    (re.compile(r"\bsizeof\b(?! *\()"), "write sizeof(x)"),
    (re.compile(r"[!=]= *NULL\b|\bNULL *[!=]="), "write p or !p"),
    (re.compile(r"\b(cmp_\w+|[a-z]\w*_cmp)\b"),
     "a comparison is called compare_x or x_compare"),
)

# Words that are used in a sense they do not have, and the usual ones.
WORDS = tuple(
    (re.compile(r"\b" + word.replace(" ", r"[\s*]+") + r"\b", re.I), usual)
    for word, usual in (
        ("behind", "after"),
        ("stands?(?![\\s*]+for\\b)", "is, occurs"),
        ("at hand", "current"),
        ("in vain", "without success"),
        ("none such", "no such"),
        ("parted by", "separated by")))

# The home of versions; what a comparison looks like.
VERSIONS = "src/cilium/version."
OPERAND = r"((?:\w+(?:->|\.))*\w+)"
COMPARISON = re.compile(OPERAND + r"\s*(?:[<>]=?|[!=]=)\s*" + OPERAND)
NUMBER = re.compile(r"\bcilium *= *\d")

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])+\'',
                   re.S)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def split(text):
    """TEXT as code and as comments, each with blanks for the other and for
    what strings hold, so that lines and columns stay."""
    code, comments, last = [], [], 0
    for m in TOKEN.finditer(text):
        rest, token = text[last:m.start()], m[0]
        is_comment = token[0] == "/"
        code += [rest, blank(token) if is_comment
                 else token[0] + blank(token[1:-1]) + token[0]]
        comments += [blank(rest), token if is_comment else blank(token)]
        last = m.end()
    return "".join(code) + text[last:], "".join(comments)


class File:
    def __init__(self, path, root):
        self.path = path
        self.name = path.relative_to(root).as_posix()
        self.top = self.name.split("/")[0]
        self.text = path.read_text()
        self.code, self.comments = split(self.text)

    def fault(self, line, why):
        return f"{self.path}:{line}: {why}"

    def at(self, match, why):
        """A fault where MATCH is in the text, the code or the comments."""
        return self.fault(self.text.count("\n", 0, match.start()) + 1, why)


def check_words(f):
    for pattern, why in DIALECT:
        for m in pattern.finditer(f.code):
            yield f.at(m, why)
    for pattern, usual in WORDS:
        for m in pattern.finditer(f.comments):
            yield f.at(m, f'"{m[0]}" is not the usual word; perhaps: {usual}')


def check_head(f):
    first, _, rest = f.text.partition("\n")
    head = re.match(r"/\*(.*?)\*/\n#", rest, re.S)
    if "SPDX" not in first or not head or \
            len(re.findall(r"\w", head[1])) < MIN_HEAD:
        yield f.fault(2, "between the SPDX line and the includes a comment "
                      "says what the file is for")


def functions(f):
    """The first and the last line of each."""
    lines = f.code.split("\n")
    for number, line in enumerate(lines):
        if line != "{":
            continue
        first, last = number, lines.index("}", number)
        while first > 0 and lines[first - 1].strip() and \
                lines[first - 1][:1] not in "#}":
            first -= 1
        yield first + 1, last + 1


def check_sizes(f):
    lines = f.text.count("\n")
    if lines > MAX_FILE:
        yield f.fault(1, f"{lines} lines, over {MAX_FILE}")
    for first, last in functions(f):
        n = last - first + 1
        if n > MAX_FUNCTION:
            yield f.fault(first,
                          f"a function of {n} lines, over {MAX_FUNCTION}")


def is_version(operand):
    return re.search(r"\bcilium$", operand)


def check_versions(f):
    if f.name.startswith(VERSIONS):
        return
    for m in COMPARISON.finditer(f.code):
        left, right = m.groups()
        if (is_version(left) or is_version(right)) and "0" not in m.groups() \
                and not (is_version(left) and is_version(right)):
            yield f.at(m, f"only {VERSIONS}c compares versions: ask "
                       "version_has()")
    for m in NUMBER.finditer(f.code):
        yield f.at(m, f"a version of Cilium has a name in {VERSIONS}h")


def telling_lines(f):
    """Numbers and texts of the lines that are more than braces."""
    return [(n, line.strip())
            for n, line in enumerate(f.code.split("\n"), 1)
            if re.search(r"\w", line) and not line.startswith("#include")]


def check_equal(files):
    """Each longest run of equal lines, where it occurs again."""
    size = MAX_EQUAL + 1
    seen = {}
    for f in files:
        lines = telling_lines(f)
        before = None
        for i in range(len(lines) - size + 1):
            key = tuple(text for _, text in lines[i:i + size])
            other, at, number = seen.setdefault(key, (f, i, lines[i][0]))
            if other is f and at == i:
                before = None
            else:
                if before != (other, at - 1):
                    yield f.fault(lines[i][0], f"the {size} or more lines of "
                                  f"{other.name}:{number}, again")
                before = (other, at)


def check(root):
    files = [File(p, root) for top in ("src", "tests", "bpf-templates")
             for p in sorted((root / top).rglob("*.[ch]"))]
    src = [f for f in files if f.top == "src"]
    for f in files:
        yield from check_words(f)
    for f in src:
        if f.path.suffix == ".c":
            yield from check_head(f)
        yield from check_sizes(f)
        yield from check_versions(f)
    yield from check_equal(src)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("root", nargs="?", default=".")
    errors = list(check(pathlib.Path(ap.parse_args().root).resolve()))
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
