#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles grammar/diagnostics.def, which says at its top how it is written.

    diagc.py FILE.def [--c OUT] [--h OUT] [--man OUT]
                      [--examples DIR]

With no output it only checks the file.  Every mistake in it is reported as
file:line: text; then the exit status is 1 and nothing is written.
"""

import argparse
import os
import re
import sys

import writers
from writers import c_string, roff, roff_text, write

LEVELS = ("note", "style", "warning", "error", "unsupported")

FIRST_RELEASE = "0.2.0"

# What a lint rule is about.
FAMILIES = ("correctness", "exposure", "isolation", "dns", "services",
            "versions", "cost", "style")
RULES = "lint"  # the band whose entries all have a family

# type in the .def: C parameter, the argument as struct diag_arg takes it
TYPES = {
    "str": ("struct str %s", "{DIAG_ARG_STR, {.s = %s}}"),
    "cstr": ("const char *%s", "{DIAG_ARG_STR, {.s = str_of(%s)}}"),
    "int": ("int64_t %s", "{DIAG_ARG_INT, {.i = %s}}"),
    "uint": ("uint64_t %s", "{DIAG_ARG_UINT, {.u = %s}}"),
}

MAX_TEXT = 160
MAX_ID = 999

BAND = re.compile(r"band (\d{3}) ([a-z]+)  (\S.*)")
HEAD = re.compile(r"CNP(\d{3}) (\S+) (\S+)(?: (\S+))?")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ARG = re.compile(r"([a-z][a-z0-9_]*):(\S+)")
HOLE = re.compile(r"\{([^{}]*)\}")


class Band:
    """The entries of one stage: from the id FIRST to the next band."""

    def __init__(self, first, name, title):
        self.first, self.name, self.title = first, name, title
        self.entries = []

    @property
    def enum(self):
        return "DIAG_BAND_" + self.name.upper()


class Entry:
    def __init__(self, line, match, band):
        self.line, self.band = line, band
        self.num = int(match[1])
        self.name, self.level, self.family = match[2], match[3], match[4]
        self.args = []
        self.text = None
        self.long = self.bad = self.good = self.since = None

    @property
    def id(self):
        return "CNP%03d" % self.num

    @property
    def ident(self):
        return self.name.replace("-", "_")

    @property
    def kind(self):
        """The level, and the family of a rule that has one."""
        return ", ".join(x for x in (self.level, self.family) if x)

    @property
    def paragraphs(self):
        """The long text, one string a paragraph."""
        return [" ".join(p.split("\n")) for p in self.long.split("\n\n")]


class Reader:
    """Reads the lines of one .def into entries, gathering its mistakes."""

    def __init__(self, path):
        self.path = path
        self.errors = []
        self.entries = []
        self.bands = []
        self.date = None

    def error(self, line, text):
        self.errors.append("%s:%d: %s" % (self.path, line, text))

    def read(self):
        with open(self.path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        entry = None
        n = 0
        for i, line in enumerate(lines):
            if "\t" in line or line != line.rstrip():
                self.error(i + 1, "tab or trailing space")
        while n < len(lines):
            line, n = lines[n], n + 1
            if not line or line.startswith("#"):
                continue
            if line.startswith("date"):
                self.date = writers.date(line[len("date "):])
            elif line.startswith("band"):
                self.band(n, line)
                entry = None
            elif not line.startswith(" "):
                entry = self.head(n, line)
            elif entry is None:
                self.error(n, "this belongs to no entry")
            elif re.match(r"  (long|bad|good)$", line):
                end = n
                while end < len(lines) and re.match(r"    |$", lines[end]):
                    end += 1
                self.block(n, entry, line.strip(), lines[n:end])
                n = end
            else:
                self.field(n, entry, line)
        if not self.date:
            self.error(len(lines), "no line: date YYYY-MM-DD")
        for e in self.entries:
            self.check(e)

    def band(self, n, line):
        m = BAND.fullmatch(line)
        if not m:
            self.error(n, "expected: band nnn name  title")
            return
        b = Band(int(m[1]), m[2], m[3])
        before = self.entries[-1].num if self.entries else 0
        if b.first <= max([before] + [x.first for x in self.bands]):
            self.error(n, "band %03d does not ascend" % b.first)
        if any(x.name == b.name for x in self.bands):
            self.error(n, "the name '%s' is taken" % b.name)
        self.bands.append(b)

    def head(self, n, line):
        m = HEAD.fullmatch(line)
        if not m:
            self.error(n, "expected: CNPnnn name level [family]")
            return None
        band = self.bands[-1] if self.bands else None
        e = Entry(n, m, band)
        if not band or e.num < band.first:
            self.error(n, "%s is in no band" % e.id)
        else:
            band.entries.append(e)
        if not 1 <= e.num <= MAX_ID:
            self.error(n, "ids are CNP001 to CNP%d" % MAX_ID)
        if self.entries and e.num <= self.entries[-1].num:
            self.error(n, "%s does not ascend" % e.id)
        if not NAME.fullmatch(e.name):
            self.error(n, "'%s' cannot be a name" % e.name)
        if any(x.name == e.name for x in self.entries):
            self.error(n, "the name '%s' is taken" % e.name)
        if e.level not in LEVELS:
            self.error(n, "level is one of: " + " ".join(LEVELS))
        if e.family and e.family not in FAMILIES:
            self.error(n, "family is one of: " + " ".join(FAMILIES))
        if band and band.name == RULES and not e.family:
            self.error(n, "a lint rule has a family")
        self.entries.append(e)
        return e

    def field(self, n, e, line):
        m = re.fullmatch(r"  (args|text|since)  (\S.*)", line)
        if not m:
            self.error(n, "expected: args, text, since, long, bad or good")
        elif m[1] != "args":
            if getattr(e, m[1]) is not None:
                self.error(n, "a second %s" % m[1])
            setattr(e, m[1], m[2])
        else:
            for word in m[2].split():
                a = ARG.fullmatch(word)
                if not a or a[2] not in TYPES:
                    self.error(n, "'%s' is no argument" % word)
                elif any(a[1] == name for name, _ in e.args):
                    self.error(n, "a second argument '%s'" % a[1])
                else:
                    e.args.append((a[1], a[2]))

    def block(self, n, e, word, lines):
        text = "\n".join(x[4:] for x in lines).strip("\n")
        if getattr(e, word) is not None:
            self.error(n, "a second %s" % word)
        if not text:
            self.error(n, "%s is empty" % word)
        if word == "long" and re.search(r"^ |\n\n\n", text, re.M):
            self.error(n, "long is plain paragraphs")
        setattr(e, word, text)

    def check(self, e):
        if e.text is None:
            self.error(e.line, "%s has no text" % e.id)
            return
        if e.long is None:
            self.error(e.line, "%s has no long" % e.id)
        if e.good is not None and e.bad is None:
            self.error(e.line, "%s has a good and no bad" % e.id)
        if len(e.text) > MAX_TEXT:
            self.error(e.line, "%s: text over %d columns" % (e.id, MAX_TEXT))
        if e.text.endswith("."):
            self.error(e.line, "%s: text ends in a full stop" % e.id)
        if set("{}") & set(HOLE.sub("", e.text)):
            self.error(e.line, "%s: a brace that is no argument" % e.id)
        holes, names = HOLE.findall(e.text), [name for name, _ in e.args]
        for name in dict.fromkeys(holes):
            if name not in names:
                self.error(e.line, "%s: no argument {%s}" % (e.id, name))
        for name in names:
            if name not in holes:
                self.error(e.line, "%s: {%s} is not used" % (e.id, name))


def c_params(e):
    return "".join(", " + TYPES[t][0] % name for name, t in e.args)


def emit_h(defs):
    out = ["/* Made from grammar/diagnostics.def; do not edit. */",
           "#pragma once", "", '#include "diag/diag.h"', "",
           "/* By the stage that reports it. */", "enum diag_band {"]
    out += ["\t%s," % b.enum for b in defs.bands] + ["};", "", "enum diag_id {"]
    for e in defs.entries:
        out.append("\tDIAG_%s = %d," % (e.ident.upper(), e.num))
    out += ["};", ""]
    for e in defs.entries:
        out.append(
            "struct diag *diag_%s(struct diag_sink *sink, struct span at%s);"
            % (e.ident, c_params(e)))
    return "\n".join(out) + "\n"


def emit_c(defs):
    out = ["/* Made from grammar/diagnostics.def; do not edit. */",
           '#include "diag_gen.h"', "",
           "const char *const diag_families[] = {"]
    out += ["\t%s," % c_string(f) for f in FAMILIES]
    out += ["\tNULL,", "};", "", "const struct diag_info diag_table[] = {"]
    for e in defs.entries:
        out += ["\t{", "\t    .id = %d," % e.num,
                "\t    .level = DIAG_%s," % e.level.upper(),
                "\t    .band = %s," % e.band.enum,
                "\t    .name = %s," % c_string(e.name),
                "\t    .family = %s," % c_string(e.family)
                if e.family else None,
                "\t    .since = %s," % c_string(e.since or FIRST_RELEASE),
                "\t    .text = %s," % c_string(e.text),
                "\t    .explain = %s," % c_string("\n\n".join(e.paragraphs))]
        for word in ("bad", "good"):
            if getattr(e, word):
                out.append("\t    .%s = %s," %
                           (word, c_string(getattr(e, word) + "\n")))
        out.append("\t},")
    out += ["};", "", "const size_t diag_table_len =",
            "    sizeof(diag_table) / sizeof(diag_table[0]);"]
    for e in defs.entries:
        types = dict(e.args)
        args = ", ".join(TYPES[types[name]][1] % name
                         for name in HOLE.findall(e.text))
        if args:
            args = "(struct diag_arg[]){%s}" % args
        out += ["", "struct diag *",
                "diag_%s(struct diag_sink *sink, struct span at%s)"
                % (e.ident, c_params(e)), "{",
                "\treturn diag_add(sink, %d, at, %s);"
                % (e.num, args or "NULL"), "}"]
    return "\n".join(x for x in out if x is not None) + "\n"


def filled(defs):
    return [b for b in defs.bands if b.entries]


def roff_example(title, text):
    return [".Pp", title, ".Bd -literal -offset indent"] + \
        [roff(line, "\\-") for line in text.split("\n")] + [".Ed"]


def emit_man(defs):
    out = writers.man_head("grammar/diagnostics.def", defs.date,
                           "cnpc-diagnostics", 7,
                           "what cnpc tells about its input")
    out += [
        "Each message of", ".Xr cnpc 1",
        "ends in an identifier such as", ".Li CNP012 ,",
        "which never changes its meaning.",
        "The levels are, from the mildest:", ".Bl -tag -width unsupported",
        ".It note", "something worth knowing;",
        ".It style", "right, but easily misread;",
        ".It warning", "probably not what was meant;",
        ".It error", "the object, or the file, is refused;",
        ".It unsupported",
        "valid for Cilium, not modelled by cnpc: fatal unless allowed.",
        ".El"]
    for band in filled(defs):
        out.append(".Sh " + band.title.upper())
        for e in band.entries:
            out += [".Ss %s %s (%s)" % (e.id, e.name, e.kind)]
            out += roff_text(HOLE.sub(r"<\1>", e.text))
            for p in e.paragraphs:
                out += [".Pp"] + roff_text(p)
            if e.bad:
                out += roff_example("Example:", e.bad)
            if e.good:
                out += roff_example("Mended:", e.good)
    out += [".Sh SEE ALSO", ".Xr cnpc 1"]
    return "\n".join(out) + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("file", metavar="FILE.def")
    emitters = {"c": emit_c, "h": emit_h, "man": emit_man}
    writers.add_outputs(p, emitters)
    p.add_argument("--examples", metavar="DIR")
    args = p.parse_args()

    reader = Reader(args.file)
    reader.read()
    if reader.errors:
        sys.exit("\n".join(reader.errors))
    writers.write_outputs(args, emitters, reader)
    if args.examples:
        os.makedirs(args.examples, exist_ok=True)
        for e in reader.entries:
            for word in ("bad", "good"):
                if getattr(e, word):
                    write(os.path.join(args.examples, "%s.%s.yaml" %
                                       (e.id, word)), getattr(e, word) + "\n")


if __name__ == "__main__":
    main()
