# SPDX-License-Identifier: Apache-2.0
"""What the words after a field's name say: its type and constraints."""

import re

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


class Types:
    """Makes types of words, with the names that a schema declares."""

    def __init__(self, schema):
        self.schema = schema

    def type(self, at, words):
        """The type that the first word names, under the constraints after it."""
        t = self.base(at, words[0])
        for w in words[1:]:
            name, _, value = w.partition("=")
            to = t if name in ("minitems", "maxitems", "set") else t.inner
            if w == "set":
                t.set = True
            elif name == "pattern":
                if value not in self.schema.patterns:
                    self.schema.error(at, "no pattern '%s'" % value)
                if to.form not in ("STR", "INT_OR_STR"):
                    self.schema.error(at, "a pattern is for strings")
                to.pattern = value
            elif name in LIMITS and re.fullmatch(r"-?\d+", value):
                to.limits[name] = int(value)
            else:
                self.schema.error(at, "'%s' is no constraint" % w)
        self.limits(at, t)
        return t

    def limits(self, at, t):
        want = {"min": "INT", "max": "INT", "minlen": "STR", "maxlen": "STR",
                "minitems": "LIST", "maxitems": "LIST"}
        for u in (t, t.inner):
            for name in u.limits:
                if u.form != want[name]:
                    self.schema.error(at, "%s is not for this type" % name)
        if t.set and (t.form != "LIST" or t.item.form != "STR"):
            self.schema.error(at, "set is for lists of strings")

    def base(self, at, word):
        m = re.fullmatch(r"\[(.*)\]|\{(.*)\}", word)
        if m:
            t = Type("LIST" if m[1] is not None else "MAP")
            t.item = self.base(at, m[1] or m[2] or "")
            form = t.item.form
            nested = t.item.item and t.item.item.form
            if form == "LIST" and (t.form == "LIST" or nested != "STR"):
                self.schema.error(at, "lists of lists are not there")
            if form == "MAP" and (t.form == "MAP" or nested != "STR"):
                self.schema.error(at, "maps of maps are not there")
            if t.form == "MAP" and form not in ("STR", "LIST"):
                self.schema.error(at, "a map is of strings or lists of strings")
            if t.form == "LIST" and form not in ("STR", "STRUCT", "MAP"):
                self.schema.error(at, "a list is of strings, structs or maps")
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
        if word in self.schema.aliases:
            return self.schema.aliases[word].type.copy()
        if word in self.schema.structs:
            t = Type("STRUCT")
            t.of = word
            return t
        self.schema.error(at, "no type '%s'" % word)
        return Type("ANY")
