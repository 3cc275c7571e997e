# SPDX-License-Identifier: Apache-2.0
"""Reads grammar/*.schema, line by line, without a look at what names mean."""

import re

import writers

ROLES = ("policy", "config", "context")
RULES = ("oneof", "atmostone", "anyof")
LAST_PATCH = 99  # no minor version has more
VERSIONS = (0, 0xffff)  # since and until of what every version has

TOKEN = re.compile(r"(?:[^\s(]|\([^)]*\))+")
IDENT = re.compile(r"[a-z][a-z0-9_]*")
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
WORD = re.compile(
    r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def snake(name):
    """endpointSelector -> endpoint_selector, toFQDNs -> to_fqdns."""
    return "_".join(w.lower() for w in WORD.findall(name))


class Item:
    """One line of a schema file; DOC is filled in by the lines after it."""

    def __init__(self, at, **values):
        self.at = at
        self.doc = []
        self.__dict__.update(values)

    @property
    def text(self):
        return " ".join(self.doc)


class Schema:
    """What the files say, and the mistakes that were found in them."""

    def __init__(self):
        self.errors = []
        self.date = None  # the latest of the files' dates
        self.patterns, self.aliases = {}, {}
        self.mixins, self.structs = {}, {}
        self.kinds = []

    def error(self, at, text):
        error = "%s:%d: %s" % (at + (text,))
        if error not in self.errors:  # a mixin's would come with each use
            self.errors.append(error)


class Reader:
    """Adds one file to a schema."""

    def __init__(self, schema):
        self.schema = schema
        self.error = schema.error
        self.item = None  # what a ## line documents
        self.struct = self.mixin = None  # what indented lines belong to
        self.using = []  # names of the mixins whose lines are being read

    def read(self, path):
        with open(path, encoding="utf-8") as f:
            for n, line in enumerate(f.read().split("\n"), 1):
                if "\t" in line or line != line.rstrip():
                    self.error((path, n), "tab or trailing space")
                self.line((path, n), line)

    def line(self, at, line):
        words, _, doc = line.partition("##")
        words = words.strip()
        if line.startswith("#") or not line:
            return
        if self.mixin and line.startswith(" ") and not self.using:
            self.mixin.lines.append((at, line))
            return
        if words.startswith("pattern "):
            words, doc = line, ""
        if words:
            self.item = None
            head, _, rest = words.partition(" ")
            if line.startswith(" "):
                self.member(at, head, rest.strip())
            else:
                self.struct = self.mixin = None
                self.top(at, head, rest.strip())
        if doc and self.item:
            self.item.doc.append(doc.strip())
        elif doc:
            self.error(at, "documentation of nothing")

    def top(self, at, head, rest):
        if head == "pattern":
            name, _, regex = rest.partition(" ")
            self.item = Item(at, name=name, regex=regex)
            self.add(at, self.schema.patterns, name, self.item)
        elif head == "type":
            name, _, rest = rest.partition(" ")
            self.item = Item(at, name=name, words=TOKEN.findall(rest))
            self.add(at, self.schema.aliases, name, self.item)
        elif head == "kind":
            self.kind(at, rest.split())
        elif head == "date":
            self.date(at, rest)
        elif head == "mixin":
            self.mixin = Item(at, name=rest, lines=[], used=False)
            self.add(at, self.schema.mixins, rest, self.mixin)
        elif head == "struct":
            m = re.fullmatch(r"([a-z][a-z0-9_]*)(?: in ([a-z][a-z0-9_]*))?",
                             rest)
            if not m:
                self.error(at, "expected: struct NAME [in CSTRUCT]")
                return
            self.struct = self.item = Item(
                at, name=m[1], cname=m[2] or m[1], fields=[], rules=[],
                hints=[], inherit=[], check=None)
            self.add(at, self.schema.structs, m[1], self.struct)
        else:
            self.error(at, "expected: date, pattern, type, kind, "
                       "mixin or struct")

    def add(self, at, table, name, item):
        if name in table:
            self.error(at, "a second '%s'" % name)
        table[name] = item

    def date(self, at, text):
        day = writers.date(text)
        if not day:
            self.error(at, "expected: date YYYY-MM-DD")
        elif not self.schema.date or day > self.schema.date:
            self.schema.date = day

    def kind(self, at, words):
        attrs = {"native": False, "workload": False, "bare": False,
                 "since": VERSIONS[0], "until": VERSIONS[1]}
        for w in words[2:]:
            name, _, value = w.partition("=")
            if name in ("since", "until"):
                attrs[name] = self.version(
                    at, value, 0 if name == "since" else LAST_PATCH)
            elif w in ("native", "workload", "bare"):
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
        self.schema.kinds.append(self.item)

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
                    since = self.version(at, w[6:], 0)
                elif w.startswith("until="):
                    until = self.version(at, w[6:], LAST_PATCH)
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
        elif head == "use":
            self.use(at, *rest.partition(" ")[::2])
        else:
            self.field(at, head, TOKEN.findall(rest))

    def use(self, at, name, word):
        """Reads the lines of a mixin, with WORD for each @."""
        mixin = self.schema.mixins.get(name)
        if not mixin or name in self.using:
            self.error(at, "no mixin '%s' before this" % name)
            return
        mixin.used = True
        self.using.append(name)
        for line_at, line in mixin.lines:
            self.line(line_at, line.replace("@", word) if word else line)
        self.using.pop()
        self.item = None

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
                f.since = self.version(at, w[6:], 0)
            elif w.startswith("until="):
                f.until = self.version(at, w[6:], LAST_PATCH)
            else:
                f.words.append(w)
        self.item = f
        self.struct.fields.append(f)

    def version(self, at, text, patch):
        """As src/cilium/version.h has it; PATCH where TEXT has none."""
        m = re.fullmatch(r"1\.(\d\d)(?:\.(\d\d?))?", text)
        if not m:
            self.error(at, "'%s' is no Cilium version" % text)
            return VERSIONS[0]
        return 10000 + 100 * int(m[1]) + int(m[2] or patch)
