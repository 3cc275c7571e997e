# SPDX-License-Identifier: Apache-2.0
"""A schema as the reference: cnpc-policy(5), and the same as Markdown."""

import textwrap

from schema_read import LAST_PATCH, VERSIONS
from schema_types import INT_RANGE
from writers import man_head, md_code as md, roff, roff_text

RULE_TEXT = {
    "oneof": "Exactly one of %s is present.",
    "atmostone": "At most one of %s is present.",
    "anyof": "At least one of %s is present.",
}


def version(number, patch):
    """1.18.6, and 1.18 where the patch is PATCH."""
    text = "1.%d" % (number // 100 % 100)
    return text if number % 100 == patch else "%s.%d" % (text, number % 100)


def versions_text(item):
    since, until = item.since, item.until
    if (since, until) == VERSIONS:
        return ""
    first, last = version(since, 0), version(until, LAST_PATCH)
    if first == last:
        return "Cilium %s only" % first
    if since == VERSIONS[0]:
        return "until Cilium " + last
    if until == VERSIONS[1]:
        return "since Cilium " + first
    return "Cilium %s to %s" % (first, last)


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


def prose(text):
    return roff_text(text.replace("`", ""))


def emit_man(schema):
    out = man_head("grammar/*.schema", schema.date, "cnpc-policy", 5,
                   "objects that cnpc reads")
    out += roff_text(
        "This is what cnpc reads of each kind of object, with the limits that "
        "the Kubernetes API server sets. A field that is not listed is dropped "
        "by the API server, and so by cnpc, with a warning in policies and "
        "silently in the objects of a cluster. A null value is an absent one.")
    for title, kinds, names in parts(schema):
        out.append(".Sh " + title.upper())
        for k in kinds:
            out += [".Ss " + roff(kind_title(k))]
            out += prose("An object of type %s. %s %s" % (
                k.body, k.text, sentence(versions_text(k))))
        for name in names:
            st = schema.structs[name]
            out += [".Ss Type " + name] + prose(st.text)
            out.append(".Bl -tag -width Ds")
            for f in st.fields:
                out.append(".It Cm %s No : %s" % (
                    roff(f.name, "\\-"), roff(type_text(f.type), "\\-")))
                out += prose(field_sentences(schema, f))
            out.append(".El")
            for r in st.rules:
                when = versions_text(r)
                out.append(".Pp")
                out += prose(RULE_TEXT[r.kind] % ", ".join(r.names) + (
                    " (%s.)" % when if when else ""))
    out += [".Sh SEE ALSO", ".Xr cnpc 1"]
    return "\n".join(out) + "\n"


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
