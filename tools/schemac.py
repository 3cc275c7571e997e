#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles grammar/*.schema, which docs/schema-language.md describes.

    schemac.py FILE.schema... [--c OUT] [--h OUT] [--man OUT] [--md OUT]

With no output it only checks the files.  Every mistake in them is reported
as file:line: text; then the exit status is 1 and nothing is written.
"""

import argparse
import re
import sys
import textwrap

ROLES = ("policy", "config", "context")
SCALARS = {  # type in the schema: form, format
    "string": ("STR", "TEXT"),
    "cidr": ("STR", "CIDR"),
    "ip": ("STR", "IP"),
    "int": ("INT", "TEXT"),
    "int32": ("INT", "TEXT"),
    "bool": ("BOOL", "TEXT"),
    "int-or-string": ("INT_OR_STR", "TEXT"),
    "any": ("ANY", "TEXT"),
}
INT_RANGE = {"int": (-2**63, 2**63 - 1), "int32": (-2**31, 2**31 - 1)}
LIMITS = ("min", "max", "minlen", "maxlen", "minitems", "maxitems")
RULES = {"oneof": "ONE_OF", "atmostone": "AT_MOST_ONE", "anyof": "ANY_OF"}
RULE_TEXT = {
    "oneof": "Exactly one of %s is present.",
    "atmostone": "At most one of %s is present.",
    "anyof": "At least one of %s is present.",
}
VERSIONS = (0, 999)
MAX_FIELDS = 64

TOKEN = re.compile(r"(?:[^\s(]|\([^)]*\))+")
IDENT = re.compile(r"[a-z][a-z0-9_]*")
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
WORD = re.compile(
    r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def snake(name):
    """endpointSelector -> endpoint_selector, toFQDNs -> to_fqdns."""
    return "_".join(w.lower() for w in WORD.findall(name))


class Item:
    """One line of a schema file; DOC is filled in by the lines behind it."""

    def __init__(self, at, **values):
        self.at = at
        self.doc = []
        self.__dict__.update(values)

    @property
    def text(self):
        return " ".join(self.doc)


class Type:
    def __init__(self, form, format="TEXT"):
        self.form, self.format = form, format
        self.name = None  # of a scalar, as written
        self.item = None
        self.of = None
        self.values = ()
        self.pattern = None
        self.limits = {}
        self.set = False

    def copy(self):
        t = Type(self.form, self.format)
        t.__dict__.update(self.__dict__)
        t.limits = dict(self.limits)
        return t

    @property
    def inner(self):
        """The type that constraints on values hold for."""
        return self.item.inner if self.item else self

    def key(self):
        return (self.form, self.format, self.name, self.of, self.values,
                self.pattern, self.set, tuple(sorted(self.limits.items())),
                self.item and self.item.key())


class Schema:
    def __init__(self):
        self.errors = []
        self.patterns, self.aliases, self.structs = {}, {}, {}
        self.kinds = []
        self.item = None   # what a ## line documents
        self.struct = None

    def error(self, at, text):
        self.errors.append("%s:%d: %s" % (at + (text,)))

    # Reading

    def read(self, path):
        self.item = self.struct = None
        with open(path, encoding="utf-8") as f:
            for n, line in enumerate(f.read().split("\n"), 1):
                self.line((path, n), line)

    def line(self, at, line):
        if "\t" in line or line != line.rstrip():
            self.error(at, "tab or trailing space")
        words, _, doc = line.partition("##")
        words = words.strip()
        if line.startswith("#") or not line:
            return
        if words.startswith("pattern "):
            words, doc = line, ""
        if words:
            self.item = None
            head, _, rest = words.partition(" ")
            if line.startswith(" "):
                self.member(at, head, rest.strip())
            else:
                self.struct = None
                self.top(at, head, rest.strip())
        if doc and self.item:
            self.item.doc.append(doc.strip())
        elif doc:
            self.error(at, "documentation of nothing")

    def top(self, at, head, rest):
        if head == "pattern":
            name, _, regex = rest.partition(" ")
            self.item = Item(at, name=name, regex=regex)
            self.add(at, self.patterns, name, self.item)
        elif head == "type":
            name, _, rest = rest.partition(" ")
            self.item = Item(at, name=name, words=TOKEN.findall(rest))
            self.add(at, self.aliases, name, self.item)
        elif head == "kind":
            self.kind(at, rest.split())
        elif head == "struct":
            m = re.fullmatch(r"([a-z][a-z0-9_]*)(?: in ([a-z][a-z0-9_]*))?",
                             rest)
            if not m:
                self.error(at, "expected: struct NAME [in CSTRUCT]")
                return
            self.struct = self.item = Item(
                at, name=m[1], cname=m[2] or m[1], fields=[], rules=[],
                hints=[], inherit=[], check=None)
            self.add(at, self.structs, m[1], self.struct)
        else:
            self.error(at, "expected: pattern, type, kind or struct")

    def add(self, at, table, name, item):
        if name in table:
            self.error(at, "a second '%s'" % name)
        table[name] = item

    def kind(self, at, words):
        attrs = {"native": False, "workload": False,
                 "since": VERSIONS[0], "until": VERSIONS[1]}
        for w in words[2:]:
            name, _, value = w.partition("=")
            if name in ("since", "until"):
                attrs[name] = self.version(at, value)
            elif w in ("native", "workload"):
                attrs[w] = True
            elif name in ("api", "scope", "role"):
                attrs[name] = value
            else:
                self.error(at, "'%s' is no attribute of a kind" % w)
        if len(words) < 2 or not {"api", "scope", "role"} <= set(attrs):
            self.error(at, "expected: kind KIND STRUCT api= scope= role=")
            return
        if attrs["scope"] not in ("namespaced", "cluster"):
            self.error(at, "scope is namespaced or cluster")
        if attrs["role"] not in ROLES:
            self.error(at, "role is one of: " + " ".join(ROLES))
        self.item = Item(at, name=words[0], body=words[1], **attrs)
        self.kinds.append(self.item)

    def member(self, at, head, rest):
        st = self.struct
        if not st:
            self.error(at, "this belongs to no struct")
        elif head in RULES:
            words = rest.split()
            since, until = VERSIONS
            names = []
            for w in words:
                if w.startswith("since="):
                    since = self.version(at, w[6:])
                elif w.startswith("until="):
                    until = self.version(at, w[6:])
                else:
                    names.append(w)
            st.rules.append(Item(at, kind=head, names=names, since=since,
                                 until=until))
        elif head == "check":
            if st.check:
                self.error(at, "a second check")
            st.check = rest
        elif head == "hint":
            name, _, text = rest.partition(" ")
            st.hints.append(Item(at, field=name, hint=text.strip()))
        elif head == "hints":
            st.inherit.append((at, rest))
        else:
            self.field(at, head, TOKEN.findall(rest))

    def field(self, at, name, words):
        if not FIELD.fullmatch(name) or not words:
            self.error(at, "expected: FIELD TYPE [as MEMBER] [CONSTRAINT...]")
            return
        f = Item(at, name=name, words=words[:1], member=snake(name),
                 since=VERSIONS[0], until=VERSIONS[1], required=False)
        words = words[1:]
        if words[:1] == ["as"] and len(words) > 1:
            f.member, words = words[1], words[2:]
            if not IDENT.fullmatch(f.member):
                self.error(at, "'%s' cannot be a member" % f.member)
        for w in words:
            if w == "required":
                f.required = True
            elif w.startswith("since="):
                f.since = self.version(at, w[6:])
            elif w.startswith("until="):
                f.until = self.version(at, w[6:])
            else:
                f.words.append(w)
        self.item = f
        self.struct.fields.append(f)

    def version(self, at, text):
        m = re.fullmatch(r"1\.(\d\d)", text)
        if not m:
            self.error(at, "'%s' is no Cilium version" % text)
            return VERSIONS[0]
        return 100 + int(m[1])

    # Types

    def type(self, at, words):
        """The type that the first word names, under the constraints behind."""
        t = self.base(at, words[0])
        for w in words[1:]:
            name, _, value = w.partition("=")
            to = t if name in ("minitems", "maxitems", "set") else t.inner
            if w == "set":
                t.set = True
            elif name == "pattern":
                if value not in self.patterns:
                    self.error(at, "no pattern '%s'" % value)
                if to.form not in ("STR", "INT_OR_STR"):
                    self.error(at, "a pattern is for strings")
                to.pattern = value
            elif name in LIMITS and re.fullmatch(r"-?\d+", value):
                to.limits[name] = int(value)
            else:
                self.error(at, "'%s' is no constraint" % w)
        self.limits(at, t)
        return t

    def limits(self, at, t):
        want = {"min": "INT", "max": "INT", "minlen": "STR", "maxlen": "STR",
                "minitems": "LIST", "maxitems": "LIST"}
        for u in (t, t.inner):
            for name in u.limits:
                if u.form != want[name]:
                    self.error(at, "%s is not for this type" % name)
        if t.set and (t.form != "LIST" or t.item.form != "STR"):
            self.error(at, "set is for lists of strings")

    def base(self, at, word):
        m = re.fullmatch(r"\[(.*)\]|\{(.*)\}", word)
        if m:
            t = Type("LIST" if m[1] is not None else "MAP")
            t.item = self.base(at, m[1] or m[2] or "")
            form = t.item.form
            nested = t.item.item and t.item.item.form
            if form == "LIST" and (t.form == "LIST" or nested != "STR"):
                self.error(at, "lists of lists are not there")
            if form == "MAP" and (t.form == "MAP" or nested != "STR"):
                self.error(at, "maps of maps are not there")
            if t.form == "MAP" and form not in ("STR", "LIST"):
                self.error(at, "a map is of strings or lists of strings")
            if t.form == "LIST" and form not in ("STR", "STRUCT", "MAP"):
                self.error(at, "a list is of strings, structs or maps")
            return t
        m = re.fullmatch(r"enum\((.*)\)", word)
        if m:
            t = Type("STR")
            t.values = tuple(m[1].split())
            return t
        if word in SCALARS:
            t = Type(*SCALARS[word])
            t.name = word
            if word in INT_RANGE:
                t.limits["min"], t.limits["max"] = INT_RANGE[word]
            return t
        if word in self.aliases:
            return self.aliases[word].type.copy()
        if word in self.structs:
            t = Type("STRUCT")
            t.of = word
            return t
        self.error(at, "no type '%s'" % word)
        return Type("ANY")

    # Checks over everything read

    def check(self):
        for a in self.aliases.values():
            a.type = Type("ANY")  # while it is looked at itself
            a.type = self.type(a.at, a.words or ["any"])
            if a.type.form not in ("STR", "INT", "INT_OR_STR"):
                self.error(a.at, "a type is a scalar")
        for st in self.structs.values():
            for f in st.fields:
                f.type = self.type(f.at, f.words)
            self.check_struct(st)
        for p in self.patterns.values():
            if not p.text:
                self.error(p.at, "a pattern needs documentation")
        if self.errors:
            return
        self.cstructs = {}
        for st in self.structs.values():
            members = self.cstructs.setdefault(st.cname, {})
            for f in st.fields:
                self.check_member(f, members)
        for k in self.kinds:
            self.check_kind(k)

    def check_struct(self, st):
        for at, name in st.inherit:
            if name in self.structs:
                st.hints += self.structs[name].hints
            else:
                self.error(at, "no struct '%s'" % name)
        if not st.fields or len(st.fields) > MAX_FIELDS:
            self.error(st.at, "a struct has 1 to %d fields" % MAX_FIELDS)
        names = [f.name for f in st.fields]
        for i, f in enumerate(st.fields):
            for g in st.fields[:i]:
                if f.name != g.name:
                    continue
                if f.member != g.member:
                    self.error(f.at, "'%s' was another member" % f.name)
                if f.since <= g.until and g.since <= f.until:
                    self.error(f.at, "'%s' twice in one version" % f.name)
        for r in st.rules:
            for name in r.names:
                if name not in names:
                    self.error(r.at, "no field '%s'" % name)
        for h in st.hints:
            if h.field in names:
                self.error(h.at, "'%s' is a field" % h.field)

    def check_member(self, f, members):
        ctype = c_type(self, f.type)
        if not ctype:
            return
        was = members.setdefault(f.member, [ctype, []])
        if was[0] != ctype:
            self.error(f.at, "member '%s' was: %s" % (f.member, was[0]))
        if f.name not in was[1]:
            was[1].append(f.name)

    def check_kind(self, k):
        st = self.structs.get(k.body)
        meta = st and [f for f in st.fields if f.name == "metadata"]
        if not st:
            self.error(k.at, "no struct '%s'" % k.body)
        elif not meta or meta[0].type.form != "STRUCT" or \
                self.structs[meta[0].type.of].cname != "object_meta":
            self.error(k.at, "'%s' has no metadata" % k.body)


# C

def c_type(schema, t):
    if t.form == "STRUCT":
        return "struct ast_%s *" % schema.structs[t.of].cname
    if t.form == "LIST":
        if t.item.form == "STR":
            return "struct ast_str_list "
        if t.item.form == "MAP":
            return "AST_LIST(struct ast_str_map) "
        return "AST_LIST(struct ast_%s) " % schema.structs[t.item.of].cname
    if t.form == "MAP":
        return "struct ast_%s_map " % (
            "list" if t.item.form == "LIST" else "str")
    return {"STR": "struct ast_str ", "INT": "struct ast_int ",
            "BOOL": "struct ast_bool ", "ANY": None,
            "INT_OR_STR": "struct ast_int_or_str "}[t.form]


def c_string(text):
    return '"%s"' % "".join(
        "\\" + c if c in '"\\' else c if " " <= c <= "~" else
        "".join("\\%03o" % b for b in c.encode()) for c in text)


def c_str(text):
    return "{%s, %d}" % (c_string(text), len(text.encode()))


def kind_ids(schema):
    return list(dict.fromkeys(k.name for k in schema.kinds))


def emit_h(schema):
    out = ["/* Made by tools/schemac.py; do not edit. */", "#pragma once", "",
           '#include "schema/ast_types.h"', "",
           "enum ast_kind {"]
    out += ["\tAST_%s," % snake(name).upper() for name in kind_ids(schema)]
    out += ["};", "", "#define AST_KINDS %d" % len(kind_ids(schema)), ""]
    out += ["struct ast_%s;" % name for name in schema.cstructs]
    for name, members in schema.cstructs.items():
        out += ["", "struct ast_%s {" % name, "\tstruct span at;"]
        for member, (ctype, names) in members.items():
            line = "\t%s%s;" % (ctype, member)
            if names != [member] and [snake(n) for n in names] != [member]:
                line += " /* %s */" % ", ".join(names)
            out.append(line)
        out.append("};")
    return "\n".join(out) + "\n"


class CTables:
    def __init__(self, schema):
        self.schema = schema
        self.types, self.values = {}, {}  # key: index
        self.type_rows = []

    def type_ref(self, t):
        key = t.key()
        if key not in self.types:
            row = self.type_row(t)
            self.types[key] = len(self.type_rows)
            self.type_rows.append(row)
        return "&types[%d]" % self.types[key]

    def type_row(self, t):
        row = [".form = SCHEMA_" + t.form, ".format = SCHEMA_" + t.format]
        if t.item:
            row.append(".item = " + self.type_ref(t.item))
        if t.of:
            row.append(".of = &struct_" + t.of)
        if t.values:
            n = self.values.setdefault(t.values, len(self.values))
            row.append(".values = values_%d" % n)
        patterns = list(self.schema.patterns)
        row.append(".pattern = %s" % (
            patterns.index(t.pattern) if t.pattern else "SCHEMA_NO_PATTERN"))
        for name in ("min", "max"):
            if name in t.limits:
                v = t.limits[name]
                row.append(".%s = %s" % (name, {
                    -2**63: "INT64_MIN", 2**63 - 1: "INT64_MAX"}.get(v, v)))
        for name in ("len", "items"):
            row.append(".min_%s = %d" % (name, t.limits.get("min" + name, 0)))
            v = t.limits.get("max" + name, "SCHEMA_NO_LIMIT")
            row.append(".max_%s = %s" % (name, v))
        if t.set:
            row.append(".set = true")
        return row

    def struct(self, st):
        n = st.name
        out = ["", "static const struct schema_field fields_%s[] = {" % n]
        for f in st.fields:
            row = [".name = " + c_str(f.name), ".type = " + self.type_ref(f.type)]
            if f.type.form != "ANY":
                row.append(".offset = offsetof(struct ast_%s, %s)" %
                           (st.cname, f.member))
            row.append(".since = %d, .until = %d" % (f.since, f.until))
            if f.required:
                row.append(".required = true")
            row.append(".doc = " + c_string(f.text))
            out.append("\t{%s}," % ",\n\t    ".join(row))
        order = sorted(range(len(st.fields)),
                       key=lambda i: st.fields[i].name.encode())
        out += ["};", "static const uint8_t by_name_%s[] = {%s};" %
                (n, ", ".join(map(str, order)))]
        if st.rules:
            out.append("static const struct schema_rule rules_%s[] = {" % n)
            for r in st.rules:
                mask = sum(1 << i for i, f in enumerate(st.fields)
                           if f.name in r.names)
                out.append("\t{SCHEMA_%s, %d, %d, UINT64_C(%d)}," %
                           (RULES[r.kind], r.since, r.until, mask))
            out.append("};")
        out.append("static const struct schema_hint hints_%s[] = {" % n)
        for h in st.hints:
            out.append("\t{%s, %s}," % (c_string(h.field), c_string(h.hint)))
        out += ["\t{NULL, NULL},", "};",
                "static const struct schema_struct struct_%s = {" % n,
                "\t.name = " + c_string(n) + ",",
                "\t.size = sizeof(struct ast_%s)," % st.cname,
                "\t.fields = fields_%s, .nfields = %d," % (n, len(st.fields)),
                "\t.by_name = by_name_%s," % n]
        if st.rules:
            out.append("\t.rules = rules_%s, .nrules = %d," %
                       (n, len(st.rules)))
        out.append("\t.hints = hints_%s," % n)
        if st.check:
            out.append("\t.check = schema_check_%s," % st.check)
        return out + ["\t.doc = %s," % c_string(st.text), "};"]


def emit_c(schema):
    tables = CTables(schema)
    structs = []
    for st in schema.structs.values():
        structs += tables.struct(st)
    out = ["/* Made by tools/schemac.py; do not edit. */",
           "#include <stddef.h>", "", '#include "schema/rules.h"', "",
           "const struct schema_pattern schema_patterns[] = {"]
    for p in schema.patterns.values():
        out.append("\t{%s, %s,\n\t    %s}," % (
            c_string(p.name), c_string(p.regex), c_string(p.text)))
    out += ["};", "const size_t schema_npatterns = %d;" %
            len(schema.patterns), ""]
    for values, n in tables.values.items():
        out.append("static const struct str values_%d[] = {%s, {NULL, 0}};" %
                   (n, ", ".join(c_str(v) for v in values)))
    out.append("")
    out += ["static const struct schema_struct struct_%s;" % name
            for name in schema.structs]
    out += ["", "/* The decoder writes the span of any struct to its start. */"]
    out += ['_Static_assert(offsetof(struct ast_%s, at) == 0, "at is first");'
            % name for name in schema.cstructs]
    out += ["", "static const struct schema_type types[] = {"]
    out += ["\t{%s}," % ", ".join(row) for row in tables.type_rows]
    out += ["};"] + structs
    out += ["", "const struct schema_kind schema_kinds[] = {"]
    for k in schema.kinds:
        cname = schema.structs[k.body].cname
        out.append("\t{%s}," % ",\n\t    ".join((
            ".id = AST_" + snake(k.name).upper(),
            ".role = SCHEMA_" + k.role.upper(),
            ".name = " + c_string(k.name), ".api = " + c_string(k.api),
            ".namespaced = %d, .native = %d, .workload = %d" %
            (k.scope == "namespaced", k.native, k.workload),
            ".since = %d, .until = %d" % (k.since, k.until),
            ".body = &struct_" + k.body,
            ".metadata = offsetof(struct ast_%s, metadata)" % cname,
            ".doc = " + c_string(k.text))))
    out += ["};", "const size_t schema_nkinds = %d;" % len(schema.kinds)]
    return "\n".join(out) + "\n"


# Reference

def versions_text(item):
    since, until = item.since, item.until
    if (since, until) == VERSIONS:
        return ""
    if since == until:
        return "Cilium 1.%d only" % (since - 100)
    if since == VERSIONS[0]:
        return "until Cilium 1.%d" % (until - 100)
    if until == VERSIONS[1]:
        return "since Cilium 1.%d" % (since - 100)
    return "Cilium 1.%d to 1.%d" % (since - 100, until - 100)


def type_text(t):
    if t.form == "LIST":
        return "list of " + type_text(t.item)
    if t.form == "MAP":
        return "map of " + type_text(t.item)
    if t.values:
        return "one of " + ", ".join(t.values)
    return t.of or {"int32": "int"}.get(t.name, t.name)


def count(t, limit, noun):
    n = t.limits[limit]
    return "%d %s%s" % (n, noun, "" if n == 1 else "s")


def constraints(schema, f):
    """Phrases for everything that holds for a field besides its type."""
    out = ["required"] if f.required else []
    t, u = f.type, f.type.inner
    whose = "each " if t.item else ""
    if u.form == "INT" and \
            (u.limits["min"], u.limits["max"]) not in INT_RANGE.values():
        out.append("%d to %d" % (u.limits["min"], u.limits["max"]))
    if "minlen" in u.limits:
        out.append(whose + "at least " + count(u, "minlen", "character"))
    if "maxlen" in u.limits:
        out.append(whose + "at most " + count(u, "maxlen", "character"))
    if u.pattern:
        out.append("%s%s" % (whose, schema.patterns[u.pattern].text))
    if "minitems" in t.limits:
        out.append("at least " + count(t, "minitems", "item"))
    if "maxitems" in t.limits:
        out.append("at most " + count(t, "maxitems", "item"))
    if t.set:
        out.append("no item twice")
    if versions_text(f):
        out.append(versions_text(f))
    return out


def reachable(schema, roots):
    """Names of the structs that ROOTS are made of, depth first."""
    seen, todo = [], list(reversed(roots))
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.append(name)
        todo += [f.type.inner.of for f in reversed(schema.structs[name].fields)
                 if f.type.inner.of]
    return seen


def kind_title(k):
    return "%s (%s, %s)" % (k.name, k.api, k.scope)


def sentence(text):
    return text[:1].upper() + text[1:] + "." if text else ""


def field_sentences(schema, f):
    return " ".join(x for x in (
        sentence("; ".join(constraints(schema, f))), f.text) if x)


def parts(schema):
    """(title, kinds, names of structs not shown before) of the reference."""
    seen = []
    for title, roles in (
            ("Policies and what is written by hand", ("policy", "config")),
            ("The cluster", ("context",))):
        kinds = [k for k in schema.kinds if k.role in roles]
        names = [n for n in reachable(schema, [k.body for k in kinds])
                 if n not in seen]
        seen += names
        yield title, kinds, names


def roff(text, hyphen="-"):
    text = text.replace("\\", "\\e")
    if hyphen != "-":
        text = text.replace("-", hyphen)
    return "\\&" + text if text[:1] in (".", "'") else text


def roff_text(text):
    out = []
    for s in re.split(r"(?<=[.!?]) +", text.replace("`", "")):
        out += [roff(line) for line in textwrap.wrap(
            s, 72, break_long_words=False, break_on_hyphens=False)]
    return out


def emit_man(schema):
    out = [".\\\" Made from grammar/*.schema; do not edit.",
           ".Dd November 23, 2026", ".Dt CNPC-POLICY 5", ".Os",
           ".Sh NAME", ".Nm cnpc-policy", ".Nd objects that cnpc reads",
           ".Sh DESCRIPTION"]
    out += roff_text(
        "This is what cnpc reads of each kind of object, with the limits that "
        "the Kubernetes API server sets. A field that is not listed is dropped "
        "by the API server, and so by cnpc, with a warning in policies and "
        "silently in the objects of a cluster. A null value is an absent one.")
    for title, kinds, names in parts(schema):
        out.append(".Sh " + title.upper())
        for k in kinds:
            out += [".Ss " + roff(kind_title(k))]
            out += roff_text("An object of type %s. %s %s" % (
                k.body, k.text, sentence(versions_text(k))))
        for name in names:
            st = schema.structs[name]
            out += [".Ss Type " + name] + roff_text(st.text)
            out.append(".Bl -tag -width Ds")
            for f in st.fields:
                out.append(".It Cm %s No : %s" % (
                    roff(f.name, "\\-"), roff(type_text(f.type), "\\-")))
                out += roff_text(field_sentences(schema, f))
            out.append(".El")
            for r in st.rules:
                when = versions_text(r)
                out.append(".Pp")
                out += roff_text(RULE_TEXT[r.kind] % ", ".join(r.names) + (
                    " (%s.)" % when if when else ""))
    out += [".Sh SEE ALSO", ".Xr cnpc 1"]
    return "\n".join(out) + "\n"


def md(text):
    parts = text.split("`")
    parts[::2] = [re.sub(r"([\\*_<>#\[\]|])", r"\\\1", p) for p in parts[::2]]
    parts[1::2] = [p.replace("|", "\\|") for p in parts[1::2]]
    return "`".join(parts)


def emit_md(schema):
    out = ["<!-- Made from grammar/*.schema; do not edit. -->",
           "# Policy reference", ""]
    out += textwrap.wrap(
        "What cnpc reads of each kind of object, with the limits that the "
        "Kubernetes API server sets. A field that is not listed is dropped by "
        "the API server, and so by cnpc, with a warning in policies and "
        "silently in the objects of a cluster. A `null` value is an absent "
        "one.", 79) + [""]
    for title, kinds, names in parts(schema):
        out += ["## " + title, "", "| kind | apiVersion | scope | type | |",
                "| --- | --- | --- | --- | --- |"]
        for k in kinds:
            out.append("| %s | `%s` | %s | [%s](#%s) | %s |" % (
                k.name, k.api, k.scope, md(k.body), k.body, md(" ".join(
                    x for x in (k.text, sentence(versions_text(k))) if x))))
        for name in names:
            st = schema.structs[name]
            out += ["", "### " + name, ""]
            if st.text:
                out += textwrap.wrap(md(st.text), 79) + [""]
            out += ["| field | type | |", "| --- | --- | --- |"]
            for f in st.fields:
                t = md(type_text(f.type))
                if f.type.inner.of:
                    of = f.type.inner.of
                    t = t[:-len(md(of))] + "[%s](#%s)" % (md(of), of)
                out.append("| `%s` | %s | %s |" % (
                    f.name, t, md(field_sentences(schema, f))))
            for r in st.rules:
                when = versions_text(r)
                out += ["", RULE_TEXT[r.kind] % ", ".join(
                    "`%s`" % n for n in r.names) + (
                        " (%s.)" % when if when else "")]
        out.append("")
    return "\n".join(out)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("files", metavar="FILE.schema", nargs="+")
    emitters = {"c": emit_c, "h": emit_h, "man": emit_man, "md": emit_md}
    for name in emitters:
        p.add_argument("--" + name, metavar="OUT")
    args = p.parse_args()

    schema = Schema()
    for path in args.files:
        schema.read(path)
    if not schema.errors:
        schema.check()
    if schema.errors:
        sys.exit("\n".join(schema.errors))
    for name, emit in emitters.items():
        if getattr(args, name):
            with open(getattr(args, name), "w", encoding="utf-8",
                      newline="\n") as f:
                f.write(emit(schema))


if __name__ == "__main__":
    main()
