# SPDX-License-Identifier: Apache-2.0
"""Checks a schema that was read as a whole, and works out its types."""

from schema_c import c_type
from schema_types import Type, Types

MAX_FIELDS = 64
SAME = ("scope", "role", "native", "workload", "bare")  # in all rows of a kind


class Checker:
    """Adds .type to fields and aliases, and .cstructs to the schema."""

    def __init__(self, schema):
        self.schema = schema
        self.types = Types(schema)

    def error(self, at, text):
        self.schema.error(at, text)

    def check(self):
        for a in self.schema.aliases.values():
            a.type = Type("ANY")  # while it is looked at itself
            a.type = self.types.type(a.at, a.words or ["any"])
            if a.type.form not in ("STR", "INT", "INT_OR_STR"):
                self.error(a.at, "a type is a scalar")
        for st in self.schema.structs.values():
            for f in st.fields:
                f.type = self.types.type(f.at, f.words)
            self.check_struct(st)
        for p in self.schema.patterns.values():
            if not p.text:
                self.error(p.at, "a pattern needs documentation")
        for m in self.schema.mixins.values():
            if not m.used:
                self.error(m.at, "no struct uses '%s'" % m.name)
        if self.schema.errors:
            return
        self.schema.cstructs = {}
        for st in self.schema.structs.values():
            members = self.schema.cstructs.setdefault(st.cname, {})
            for f in st.fields:
                self.check_member(f, members)
        for k in self.schema.kinds:
            self.check_kind(k)

    def check_struct(self, st):
        for at, name in st.inherit:
            if name in self.schema.structs:
                st.hints += self.schema.structs[name].hints
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
        ctype = c_type(self.schema, f.type)
        if not ctype:
            return
        was = members.setdefault(f.member, [ctype, []])
        if was[0] != ctype:
            self.error(f.at, "member '%s' was: %s" % (f.member, was[0]))
        if f.name not in was[1]:
            was[1].append(f.name)

    def check_kind(self, k):
        st = self.schema.structs.get(k.body)
        meta = st and [f for f in st.fields if f.name == "metadata"]
        if not st:
            self.error(k.at, "no struct '%s'" % k.body)
        elif not meta or meta[0].type.form != "STRUCT" or \
                self.schema.structs[meta[0].type.of].cname != "object_meta":
            self.error(k.at, "'%s' has no metadata" % k.body)
        first = next(f for f in self.schema.kinds if f.name == k.name)
        for attr in SAME:
            if getattr(k, attr) != getattr(first, attr):
                self.error(k.at, "'%s' had another %s" % (k.name, attr))
