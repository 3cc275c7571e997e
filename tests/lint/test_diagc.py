#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests tools/diagc.py: what it refuses, and what it makes of the rest.

usage: test_diagc.py"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIAGC = ROOT / "tools" / "diagc.py"

GOOD = """\
# a comment
band 001 reading  Reading: files
CNP007 first-thing warning
  args  name:str count:int
  text  {count} of "{name}", {count} times
  long
    A first paragraph
    in two lines.

    A second one. It has -- dashes, *stars* and a \\ in it.
  bad
    .a: "\\d"

    b: ?
  good
    a: \u00e9
band 801 options  Options and usage
CNP901 other error style
  text  nothing
  long
    Why.
  since  0.3.0
date 2026-02-03
"""

# A mistake: what to replace in GOOD, by what, and the line and the words that
# are said about it.
MISTAKES = (
    ("CNP901", "CNP007", 18, "does not ascend"),
    ("CNP901", "CNP006", 18, "does not ascend"),
    ("CNP007", "CNP000", 3, "ids are CNP001 to"),
    ("CNP007 ", "CNP7 ", 3, "expected: CNPnnn"),
    ("other", "first-thing", 18, "is taken"),
    ("other", "other_thing", 18, "cannot be a name"),
    ("warning", "fatal", 3, "level is one of"),
    ("warning", "warning taste", 3, "family is one of"),
    ("warning", "warning dns style", 3, "expected: CNPnnn"),
    ("band 001 reading", "band 001 lint", 3, "a lint rule has a family"),
    ("count:int", "count:float", 4, "'count:float' is no argument"),
    ("count:int", "count", 4, "'count' is no argument"),
    ("count:int", "count:int name:str", 4, "a second argument 'name'"),
    ("count:int", "count:int more:str", 3, "{more} is not used"),
    ("count:int", "", 4, "trailing space"),
    (" count:int", "", 3, "no argument {count}"),
    ("times", "times {", 3, "a brace"),
    ("times", "{}", 3, "no argument {}"),
    ("times", "times.", 3, "full stop"),
    ("times", "t" * 160, 3, "over 160 columns"),
    ("  text  nothing\n", "", 18, "CNP901 has no text"),
    ("  long\n    Why.\n", "", 18, "CNP901 has no long"),
    ("  long\n    Why.\n", "  long\n", 20, "long is empty"),
    ("  text  nothing", "  text  a\n  text  b", 20, "a second text"),
    ("  long\n    Why.", "  long\n    A.\n  long\n    B.", 22,
     "a second long"),
    ("    in two", "      in two", 6, "plain paragraphs"),
    ("  bad\n", "  worse\n", 11, "expected: args, text"),
    ("  text  nothing", "  text nothing", 19, "expected: args, text"),
    ("    Why.\n", "    Why.\n  good\n    a: b\n", 18, "a good and no bad"),
    ("    Why.", "    Why.\t", 21, "tab"),
    ("# a comment", "  text  x", 1, "belongs to no entry"),
    ("band 001 reading  ", "band 001 ", 2, "expected: band nnn name"),
    ("band 001 reading  Reading: files\n", "", 2, "CNP007 is in no band"),
    ("band 801", "band 007", 17, "band 007 does not ascend"),
    ("band 801 options", "band 801 reading", 17, "'reading' is taken"),
    ("CNP901", "CNP800", 18, "CNP800 is in no band"),
    ("CNP901 other error", "  text  x", 18, "belongs to no entry"),
    ("date 2026-02-03\n", "", 23, "no line: date YYYY-MM-DD"),
    ("date 2026-02-03", "date 2026-02-30", 24, "no line: date YYYY-MM-DD"),
)


class Diagc(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.dir = pathlib.Path(tmp.name)
        self.file = self.dir / "t.def"

    def run_on(self, text, *args):
        self.file.write_text(text, encoding="utf-8")
        return subprocess.run(
            [sys.executable, DIAGC, self.file, *args], cwd=self.dir,
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
                self.assertRegex(done.stderr, "t.def:%d: .*%s" %
                                 (line, re.escape(words)))
                self.assertFalse((self.dir / "out").exists())

    def test_all_mistakes_at_once(self):
        text = GOOD.replace("times", "times.").replace("error", "fatal")
        self.assertEqual(len(self.run_on(text).stderr.splitlines()), 2)

    def test_c(self):
        out = self.output_of("--c")
        self.assertIn(
            "\t{\n\t    .id = 7,\n\t    .level = DIAG_WARNING,\n"
            "\t    .band = DIAG_BAND_READING,\n"
            '\t    .name = "first-thing",\n'
            '\t    .since = "0.2.0",\n'
            '\t    .text = "{count} of \\"{name}\\", {count} times",\n'
            '\t    .explain = "A first paragraph in two lines.\\n"\n'
            '\t    "\\n"\n'
            '\t    "A second one. It has -- dashes, *stars* and a \\\\ '
            'in it.",\n'
            '\t    .bad = ".a: \\"\\\\d\\"\\n"\n'
            '\t    "\\n"\n'
            '\t    "b: ?\\n",\n'
            '\t    .good = "a: \\303\\251\\n",\n\t},\n', out)
        self.assertIn('\t    .since = "0.3.0",\n', out)
        # the arguments are in the order of the placeholders
        self.assertIn(
            "diag_first_thing(struct diag_sink *sink, struct span at, "
            "struct str name, int64_t count)\n{\n"
            "\treturn diag_add(sink, 7, at, (struct diag_arg[])"
            "{{DIAG_ARG_INT, {.i = count}}, {DIAG_ARG_STR, {.s = name}}, "
            "{DIAG_ARG_INT, {.i = count}}});\n}\n", out)
        self.assertIn("\treturn diag_add(sink, 901, at, NULL);\n", out)

    def test_h(self):
        out = self.output_of("--h")
        self.assertIn("enum diag_band {\n\tDIAG_BAND_READING,\n"
                      "\tDIAG_BAND_OPTIONS,\n};\n", out)
        self.assertIn("enum diag_id {\n\tDIAG_FIRST_THING = 7,\n"
                      "\tDIAG_OTHER = 901,\n};\n", out)
        self.assertIn("struct diag *diag_other(struct diag_sink *sink, "
                      "struct span at);\n", out)

    def test_man(self):
        out = self.output_of("--man")
        self.assertIn("\n.Dd February 3, 2026\n", out)
        self.assertIn(
            ".Sh READING: FILES\n.Ss CNP007 first-thing (warning)\n"
            '<count> of "<name>", <count> times\n'
            ".Pp\nA first paragraph in two lines.\n.Pp\nA second one.\n"
            "It has \\-\\- dashes, *stars* and a \\e in it.\n"
            ".Pp\nExample:\n.Bd -literal -offset indent\n"
            '\\&.a: "\\ed"\n\nb: ?\n.Ed\n', out)
        self.assertIn(".Sh OPTIONS AND USAGE\n.Ss CNP901 other (error, style)\n",
                      out)

    def test_examples(self):
        done = self.run_on(GOOD, "--examples", "new/dir")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        files = {p.name: p.read_text(encoding="utf-8")
                 for p in (self.dir / "new" / "dir").iterdir()}
        self.assertEqual(files, {"CNP007.bad.yaml": '.a: "\\d"\n\nb: ?\n',
                                 "CNP007.good.yaml": "a: \u00e9\n"})


if __name__ == "__main__":
    unittest.main()
