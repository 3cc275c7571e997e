#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests tools/schemac.py: what it refuses, and what it makes of the rest.

usage: test_schemac.py"""
import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAC = ROOT / "tools" / "schemac.py"

GOOD = """\
# a comment
pattern word ^a|b "\\d" ## c$
  ## a word
type short string maxlen=3 pattern=word

kind Thing thing api=x.io/v1 scope=cluster role=policy native since=1.18
  ## A thing: it's *one*.
kind Thing thing api=x.io/v0 scope=cluster role=context

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

struct part
  value int-or-string
  rest any
"""

# A mistake: what to replace in GOOD, by what, and the line and the words that
# are said about it.
MISTAKES = (
    ("# a comment", "comment", 1, "expected: pattern, type, kind or struct"),
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
    ("struct part", "struct meta", 33, "a second 'meta'"),
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
    ("  rest any", "  rest", 35, "expected: FIELD TYPE"),
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

    def output_of(self, option):
        done = self.run_on(GOOD, option, "out")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return (self.dir / "out").read_text(encoding="utf-8")

    def test_mistakes(self):
        for old, new, line, words in MISTAKES:
            with self.subTest(new=new, words=words):
                self.assertIn(old, GOOD)
                done = self.run_on(GOOD.replace(old, new, 1), "--c", "out")
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr, "t.schema:%d: .*%s" %
                                 (line, re.escape(words)))
                self.assertFalse((self.dir / "out").exists())

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
                      "\tstruct ast_int_or_str value;\n};\n", out)

    def test_c(self):
        out = self.output_of("--c")
        self.assertIn('{"word", "^a|b \\"\\\\d\\" ## c$",\n'
                      '\t    "a word"},\n', out)
        self.assertIn('.doc = "Names. Of things."}', out)
        # metadata, toFQDNs, fromCIDRs, part, size, size, named-maps, parts
        self.assertIn("{SCHEMA_ONE_OF, 0, 119, UINT64_C(56)},\n"
                      "\t{SCHEMA_ANY_OF, 0, 999, UINT64_C(136)},\n"
                      "\t{SCHEMA_AT_MOST_ONE, 0, 999, UINT64_C(136)},", out)
        self.assertIn("by_name_thing[] = {2, 8, 9, 0, 6, 3, 7, 4, 5, 1};",
                      out)
        self.assertIn('{"other", "write part"},\n\t{"nom", "write name"},\n'
                      "\t{NULL, NULL},", out)
        self.assertIn(".since = 118, .until = 999,\n\t    "
                      ".body = &struct_thing", out)

    def test_man(self):
        out = self.output_of("--man")
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
        spec = importlib.util.spec_from_file_location("schemac", SCHEMAC)
        schemac = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(schemac)
        for name, want in (
                ("endpointSelector", "endpoint_selector"),
                ("fromCIDRSet", "from_cidr_set"), ("toFQDNs", "to_fqdns"),
                ("podIPs", "pod_ips"), ("k8sService", "k8s_service"),
                ("originatingTLS", "originating_tls"),
                ("securityGroupsIds", "security_groups_ids"),
                ("security-labels", "security_labels"),
                ("l7proto", "l7proto"), ("FQDNCache", "fqdn_cache"),
                ("CiliumCIDRGroup", "cilium_cidr_group")):
            self.assertEqual(schemac.snake(name), want)


if __name__ == "__main__":
    unittest.main()
