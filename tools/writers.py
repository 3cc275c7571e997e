# SPDX-License-Identifier: Apache-2.0
"""What the generators of tools/ share: text for C, roff and Markdown."""

import datetime
import re
import textwrap

MONTHS = ("January", "February", "March", "April", "May", "June", "July",
          "August", "September", "October", "November", "December")


def c_string(text):
    """A C string literal, one line of source for each line of text."""
    return "\n\t    ".join(
        '"%s"' % "".join(
            "\\" + c if c in '"\\' else "\\n" if c == "\n" else
            c if c.isascii() else "".join("\\%03o" % b for b in c.encode())
            for c in line)
        for line in text.splitlines(keepends=True) or [""])


def roff(text, hyphen="-"):
    """Text that roff prints as it is; HYPHEN is what a - becomes."""
    text = text.replace("\\", "\\e").replace("--", "\\-\\-")
    text = re.sub(r"(?<!\\)-", lambda m: hyphen, text)
    return "\\&" + text if text[:1] in (".", "'") else text


def roff_text(text):
    """A paragraph, each sentence on a line of its own, none too long."""
    out = []
    for sentence in re.split(r"(?<=[.!?]) +", text):
        out += [roff(line) for line in
                textwrap.wrap(sentence, 72, break_long_words=False,
                              break_on_hyphens=False)]
    return out


def date(text):
    """The date that text such as 2026-11-23 says; None when it says none."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def man_head(source, day, name, section, what):
    """The lines that a manual page begins with."""
    return [".\\\" Made from %s; do not edit." % source,
            ".Dd %s %d, %d" % (MONTHS[day.month - 1], day.day, day.year),
            ".Dt %s %d" % (name.upper(), section), ".Os",
            ".Sh NAME", ".Nm " + name, ".Nd " + what, ".Sh DESCRIPTION"]


def md(text):
    """Text that Markdown prints as it is."""
    return re.sub(r"([\\`*_<>#\[\]|])", r"\\\1", text)


def md_code(text):
    """The same, but for a table: what is between two ` stays code."""
    parts = text.split("`")
    parts[::2] = [md(p) for p in parts[::2]]
    parts[1::2] = [p.replace("|", "\\|") for p in parts[1::2]]
    return "`".join(parts)


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)


def add_outputs(parser, emitters):
    """An option --NAME OUT for each emitter."""
    for name in emitters:
        parser.add_argument("--" + name, metavar="OUT")


def write_outputs(args, emitters, *what):
    """What the emitters make of WHAT, where the arguments ask for it."""
    for name, emit in emitters.items():
        if getattr(args, name):
            write(getattr(args, name), emit(*what))
