# SPDX-License-Identifier: Apache-2.0
"""A schema as C: the structs of ast.h and the tables of schema_gen.c."""

from schema_read import snake
from writers import c_string

RULE_KINDS = {"oneof": "ONE_OF", "atmostone": "AT_MOST_ONE", "anyof": "ANY_OF"}


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
                           (RULE_KINDS[r.kind], r.since, r.until, mask))
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
            ".namespaced = %d, .native = %d, .workload = %d, .bare = %d" %
            (k.scope == "namespaced", k.native, k.workload, k.bare),
            ".since = %d, .until = %d" % (k.since, k.until),
            ".body = &struct_" + k.body,
            ".metadata = offsetof(struct ast_%s, metadata)" % cname,
            ".doc = " + c_string(k.text))))
    out += ["};", "const size_t schema_nkinds = %d;" % len(schema.kinds)]
    return "\n".join(out) + "\n"
