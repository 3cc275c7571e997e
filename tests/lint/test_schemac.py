#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests tools/schemac.py: what it refuses, and what it makes of the rest.

usage: test_schemac.py"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAC = ROOT / "tools" / "schemac.py"
sys.path.insert(0, str(SCHEMAC.parent))
import schemac
from schema_read import snake

GOOD = """\
# a comment
pattern word ^a|b "\\d" ## c$
  ## a word
type short string maxlen=3 pattern=word

kind Thing thing api=x.io/v1 scope=cluster role=policy native since=1.18
  ## A thing: it's *one*.
kind Thing thing api=x.io/v0 scope=cluster role=policy native

struct thing
  metadata meta required
  toFQDNs [short] as names minitems=1 maxitems=9 set   ## Names. Of
    ## things.
  fromCIDRs [cidr] as names
  part part
  size int32 min=1 max=5 until=1.18
  size int32 since=1.19
  named-maps {[ip]}
  parts [part] as parts
  labels [{string}]
  level enum(high low) required
  oneof part size until=1.19
  anyof part parts
  atmostone part parts
  check thing
  hint other write part
  hints meta

struct meta in object_meta
  name string
  hint nom write name

mixin ends
  @Port int32   ## Port @.
  @Name string

mixin both
  use ends @
  same bool

struct part
  value int-or-string
  rest any
  use both from
  use ends to
date 2026-02-03
date 2025-12-24
"""

# A mistake: what to replace in GOOD, by what, and the line and the words that
# are said about it.
MISTAKES = (
    ("# a comment", "comment", 1, "expected: date, pattern, type, kind, mixin"),
    ("# a comment", "  name string", 1, "belongs to no struct"),
    ("# a comment", "# a comment\n  ## text", 2, "documentation of nothing"),
    ("short string", "short [string]", 4, "a type is a scalar"),
    ("  ## a word\n", "", 2, "needs documentation"),
    ("pattern=word", "pattern=words", 4, "no pattern 'words'"),
    ("maxlen=3", "maxlen=x", 4, "'maxlen=x' is no constraint"),
    ("string maxlen=3", "int maxlen=3", 4, "maxlen is not for this type"),
    ("role=policy", "role=none", 6, "role is one of"),
    ("scope=cluster role=policy", "scope=all role=policy", 6, "scope is"),
    ("scope=cluster role=policy", "role=policy", 6, "expected: kind"),
    (" native", " strange", 6, "'strange' is no attribute"),
    ("since=1.18", "since=18", 6, "'18' is no Cilium version"),
    ("Thing thing api=x.io/v0", "Thing part api=x.io/v0", 8, "no metadata"),
    ("Thing thing api=x.io/v0", "Thing gone api=x.io/v0", 8, "no struct"),
    ("struct thing", "struct Thing", 10, "expected: struct NAME"),
    ("struct part", "struct meta", 41, "a second 'meta'"),
    ("meta required", "metas required", 11, "no type 'metas'"),
    ("[short] as", "[short as", 12, "no type '[short'"),
    ("as names minitems", "as Names minitems", 12, "cannot be a member"),
    ("maxitems=9 set", "maxitems=9 sets", 12, "'sets' is no constraint"),
    ("fromCIDRs [cidr]", "fromCIDRs [part]", 14, "member 'names' was"),
    ("part part", "part part set", 15, "set is for lists of strings"),
    ("size int32 since=1.19", "size int32 since=1.18", 17, "twice in one"),
    ("int32 since=1.19", "int32 as n since=1.19", 17, "another member"),
    ("{[ip]}", "{[part]}", 18, "lists of lists"),
    ("{[ip]}", "{int}", 18, "a map is of strings"),
    ("[part] as parts", "[[ip]]", 19, "lists of lists"),
    ("[{string}]", "[int]", 20, "a list is of strings"),
    ("oneof part size", "oneof part sizes", 22, "no field 'sizes'"),
    ("  check thing", "  check a\n  check b", 26, "a second check"),
    ("hint other", "hint part", 26, "'part' is a field"),
    ("hints meta", "hints metas", 27, "no struct 'metas'"),
    ("  name string", "  name string\t", 30, "tab or trailing space"),
    ("  name string\n", "", 29, "a struct has 1 to 64 fields"),
    ("  rest any", "  rest", 43, "expected: FIELD TYPE"),
    ("api=x.io/v0 scope=cluster", "api=x.io/v0 scope=namespaced", 8,
     "'Thing' had another scope"),
    ("  @Port int32", "  @Port", 34, "expected: FIELD TYPE"),
    ("@Name string", "@Name strings", 35, "no type 'strings'"),
    ("use both from", "use both", 34, "expected: FIELD TYPE"),
    ("use both from", "use bath from", 44, "no mixin 'bath' before this"),
    ("use ends @", "use both @", 38, "no mixin 'both' before this"),
    ("mixin both", "mixin ends", 37, "a second 'ends'"),
    ("  use both from\n", "", 37, "no struct uses 'both'"),
    ("use ends to", "use ends from", 34, "'fromPort' twice in one"),
    ("use ends to\n", "use ends to\n  ## text\n", 46, "of nothing"),
    ("date 2026-02-03", "date 2026-02-30", 46, "date YYYY-MM-DD"),
)


class Schemac(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.dir = pathlib.Path(tmp.name)
        self.file = self.dir / "t.schema"

    def run_on(self, text, *args):
        self.file.write_text(text, encoding="utf-8")
        return subprocess.run(
            [sys.executable, SCHEMAC, self.file, *args], cwd=self.dir,
            capture_output=True, encoding="utf-8", check=False)

    def errors_of(self, text):
        self.file.write_text(text, encoding="utf-8")
        return schemac.load([str(self.file)]).errors

    def output_of(self, option):
        done = self.run_on(GOOD, option, "out")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return (self.dir / "out").read_text(encoding="utf-8")

    def test_mistakes(self):
        for old, new, line, words in MISTAKES:
            with self.subTest(new=new, words=words):
                self.assertIn(old, GOOD)
                self.assertRegex(
                    "\n".join(self.errors_of(GOOD.replace(old, new, 1))),
                    "t.schema:%d: .*%s" % (line, re.escape(words)))

    def test_mistakes_leave_no_output(self):
        done = self.run_on(GOOD.replace("type short", "types short"),
                           "--c", "out")
        self.assertEqual(done.returncode, 1)
        self.assertIn("t.schema:4: expected: ", done.stderr)
        self.assertFalse((self.dir / "out").exists())

    def test_mistake_in_mixin_comes_once(self):
        errors = self.errors_of(GOOD.replace("@Name string", "@Name x"))
        self.assertEqual(["no type 'x'" in e for e in errors], [True])

    def test_no_date(self):
        self.assertEqual(self.errors_of(re.sub("(?m)^date .*\n", "", GOOD)),
                         ["%s: no date" % self.file])

    def test_h(self):
        out = self.output_of("--h")
        self.assertIn("enum ast_kind {\n\tAST_THING,\n};\n", out)
        self.assertIn(
            "struct ast_thing {\n"
            "\tstruct span at;\n"
            "\tstruct ast_object_meta *metadata;\n"
            "\tstruct ast_str_list names; /* toFQDNs, fromCIDRs */\n"
            "\tstruct ast_part *part;\n"
            "\tstruct ast_int size;\n"
            "\tstruct ast_list_map named_maps;\n"
            "\tAST_LIST(struct ast_part) parts;\n"
            "\tAST_LIST(struct ast_str_map) labels;\n"
            "\tstruct ast_str level;\n"
            "};\n", out)
        self.assertIn("struct ast_part {\n\tstruct span at;\n"
                      "\tstruct ast_int_or_str value;\n"
                      "\tstruct ast_int from_port;\n"
                      "\tstruct ast_str from_name;\n"
                      "\tstruct ast_bool same;\n"
                      "\tstruct ast_int to_port;\n"
                      "\tstruct ast_str to_name;\n};\n", out)

    def test_c(self):
        out = self.output_of("--c")
        self.assertIn('{"word", "^a|b \\"\\\\d\\" ## c$",\n'
                      '\t    "a word"},\n', out)
        self.assertIn('.doc = "Names. Of things."}', out)
        # metadata, toFQDNs, fromCIDRs, part, size, size, named-maps, parts
        self.assertIn("{SCHEMA_ONE_OF, 0, 11999, UINT64_C(56)},\n"
                      "\t{SCHEMA_ANY_OF, 0, 65535, UINT64_C(136)},\n"
                      "\t{SCHEMA_AT_MOST_ONE, 0, 65535, UINT64_C(136)},", out)
        self.assertIn("by_name_thing[] = {2, 8, 9, 0, 6, 3, 7, 4, 5, 1};",
                      out)
        self.assertIn('{"other", "write part"},\n\t{"nom", "write name"},\n'
                      "\t{NULL, NULL},", out)
        self.assertIn(".since = 11800, .until = 65535,\n\t    "
                      ".body = &struct_thing", out)

    def test_man(self):
        out = self.output_of("--man")
        self.assertIn("\n.Dd February 3, 2026\n", out)
        self.assertIn(".It Cm fromPort No : int\nPort from.\n", out)
        self.assertIn(".Ss Thing (x.io/v1, cluster)\n"
                      "An object of type thing.\nA thing: it's *one*.\n"
                      "Since Cilium 1.18.\n", out)
        self.assertIn(
            ".It Cm toFQDNs No : list of string\n"
            "Each at most 3 characters; each a word; at least 1 item; at most "
            "9\nitems; no item twice.\nNames.\nOf things.\n", out)
        self.assertIn(".It Cm size No : int\n1 to 5; until Cilium 1.18.\n"
                      ".It Cm size No : int\nSince Cilium 1.19.\n", out)

    def test_md(self):
        out = self.output_of("--md")
        self.assertIn("| Thing | `x.io/v1` | cluster | [thing](#thing) | "
                      "A thing: it's \\*one\\*. Since Cilium 1.18. |\n", out)
        self.assertIn("| `parts` | list of [part](#part) |  |\n", out)
        self.assertIn("At most one of `part`, `parts` is present.\n", out)


class Names(unittest.TestCase):
    def test_snake(self):
        for name, want in (
                ("endpointSelector", "endpoint_selector"),
                ("fromCIDRSet", "from_cidr_set"), ("toFQDNs", "to_fqdns"),
                ("podIPs", "pod_ips"), ("k8sService", "k8s_service"),
                ("originatingTLS", "originating_tls"),
                ("securityGroupsIds", "security_groups_ids"),
                ("security-labels", "security_labels"),
                ("l7proto", "l7proto"), ("FQDNCache", "fqdn_cache"),
                ("CiliumCIDRGroup", "cilium_cidr_group")):
            self.assertEqual(snake(name), want)


if __name__ == "__main__":
    unittest.main()
