#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proof that the checks and the test runners can fail.

usage: test_checks.py [CLASS]...

Each test makes a small tree with one fault in it, runs a tool of ours as the
build does, and expects it to name that fault; and the same tree without the
fault, where it must stay silent."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools"
SPDX = "SPDX-License-Identifier: Apache-2.0"
HEADER = f"/* {SPDX} */\n#pragma once\n\nint f(void);\n"


class ToolTest(unittest.TestCase):
    def setUp(self):
        tmp = tempfile.TemporaryDirectory()
        self.addCleanup(tmp.cleanup)
        self.dir = pathlib.Path(tmp.name)

    def write(self, name, text, mode=0o644):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def run_tool(self, tool, *args):
        run = subprocess.run([sys.executable, tool, *map(str, args)],
                             capture_output=True, text=True, cwd=self.dir)
        self.assertEqual(run.stderr, "")
        return run.returncode, run.stdout

    def assert_silent(self, tool, *args):
        self.assertEqual(self.run_tool(tool, *args), (0, ""))

    def assert_finds(self, text, tool, *args):
        status, out = self.run_tool(tool, *args)
        self.assertIn(text, out)
        self.assertEqual(status, 1)


class Layers(ToolTest):
    TOOL = TOOLS / "check_layers.py"
    LAYERS = "low:\nhigh: low\ngen.h = low\n<lib/>: low\n"
    ROOMS = "| room | for |\n| --- | --- |\n| low | a |\n| high | b |\n"

    def setUp(self):
        super().setUp()
        self.write("src/LAYERS", self.LAYERS)
        self.write("docs/architecture.md", self.ROOMS)
        self.write("src/low/a.h", "#include <lib/x.h>\n#include <stdio.h>\n")
        self.write("src/high/b.c",
                   '#include "low/a.h"\n#include "gen.h"\n')
        self.assert_silent(self.TOOL, self.dir)

    def test_upward_include(self):
        self.write("src/low/a.c", '\n#include "high/b.h"\n')
        self.assert_finds("a.c:2: low must not include high", self.TOOL, ".")

    def test_library_elsewhere(self):
        self.write("src/high/b.h", "#include <lib/x.h>\n")
        self.assert_finds("<lib/x.h> belongs to low", self.TOOL, ".")

    def test_header_without_module(self):
        self.write("src/high/b.h", '#include "a.h"\n')
        self.assert_finds('"a.h" is not of the form', self.TOOL, ".")

    def test_unknown_module(self):
        self.write("src/other/c.c", "")
        self.assert_finds("other is not in src/LAYERS", self.TOOL, ".")

    def test_edge_upward(self):
        self.write("src/LAYERS", "low: high\nhigh: low\n<lib/>: low\n")
        self.assert_finds("LAYERS:1: high is not above low",
                          self.TOOL, ".")

    def test_rooms(self):
        self.write("docs/architecture.md", self.ROOMS.replace("high", "tall"))
        self.assert_finds("rooms low tall; src/LAYERS: low high",
                          self.TOOL, ".")


class Globals(ToolTest):
    TOOL = TOOLS / "check_globals.py"

    def compile(self, text):
        source = self.write("x.c", text)
        out = self.dir / "x.o"
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-fPIC", "-c",
                        source, "-o", out], check=True)
        return out

    def test_const_tables(self):
        self.assert_silent(self.TOOL, self.compile(
            'static const char *const t[] = {"a", "b"};\n'
            "const int n = 2;\n"
            "const char *f(int i) { return t[i]; }\n"))

    def test_writable(self):
        for fault in ("int g;", "int g = 1;", "const char *g = \"a\";",
                      "_Thread_local int g;",
                      "int f(void) { static int g; return g++; }"):
            with self.subTest(fault):
                self.assert_finds(" is writable (", self.TOOL,
                                  self.compile(fault + "\n"))


class Hardening(ToolTest):
    TOOL = TOOLS / "check_hardening.py"
    GOOD = ("-O2", "-pie", "-fPIE", "-Wl,-z,relro", "-Wl,-z,now",
            "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2",
            "-fcf-protection=full")
    CODE = """#include <stdio.h>
int main(int argc, char **argv)
{
	char line[8];
	snprintf(line, argc, "%s", argv[0]);
	return puts(line) < 0 || puts(WHERE) < 0;
}
"""

    def build(self, *flags, where="here"):
        source = self.write("a.c", self.CODE)
        program = self.dir / "a"
        subprocess.run(["gcc", *self.GOOD, *flags, f'-DWHERE="{where}"',
                        str(source), "-o", str(program)], check=True)
        return program

    def test_good(self):
        self.assert_silent(self.TOOL, self.build(), self.dir)

    def test_weaker(self):
        for flags, text in (
                (("-no-pie", "-fno-pie"), "not position independent"),
                (("-Wl,-z,norelro",), "no segment is made read-only"),
                (("-Wl,-z,lazy",), "bound late"),
                (("-Wl,-z,execstack",), "stack may be executed"),
                (("-fno-stack-protector",), "no stack protector"),
                (("-U_FORTIFY_SOURCE",), "unchecked"),
                (("-fcf-protection=none",), "branch targets")):
            with self.subTest(flags):
                self.assert_finds(text, self.TOOL, self.build(*flags))

    def test_directory(self):
        self.assert_finds("build directory", self.TOOL,
                          self.build(where=self.dir), self.dir)


class Notice(ToolTest):
    TOOL = TOOLS / "check_notice.py"

    def setUp(self):
        super().setUp()
        source = self.write("a.c", "#include <zlib.h>\n"
                            "int main(void) { return !zlibVersion(); }\n")
        self.program = self.dir / "a"
        subprocess.run(["gcc", str(source), "-lz", "-o", str(self.program)],
                       check=True)

    def test_named(self):
        self.assert_silent(self.TOOL, self.program,
                           self.write("NOTICE", "libz  Zlib\n"))

    def test_not_named(self):
        self.assert_finds("libz is not named", self.TOOL, self.program,
                          self.write("NOTICE", "nothing\n"))

    def test_not_linked(self):
        self.assert_finds("libmd is not linked", self.TOOL, self.program,
                          self.write("NOTICE", "libz  Zlib\nlibmd  BSD\n"))


class Style(ToolTest):
    TOOL = TOOLS / "check_style.py"

    def setUp(self):
        super().setUp()
        self.write(".clang-format", (ROOT / ".clang-format").read_text())
        self.write("a.h", HEADER)
        self.write("testdata/data.yaml", "blanks: \nno newline")
        self.assert_silent(self.TOOL, ".")

    def check(self, name, text, finding):
        self.write(name, text)
        self.assert_finds(finding, self.TOOL, ".")

    def test_layout(self):
        self.check("b.c", f"/* {SPDX} */\nint f( void );\n",
                   "b.c:2:7: layout, 2 places (./dev format)")

    def test_licence(self):
        self.check("b.c", "int f(void);\n", f"b.c:1: no {SPDX}")

    def test_header_licence(self):
        self.check("b.h", "#pragma once\n\nint f(void);\n",
                   "b.h:1: a header begins with")

    def test_header_guard(self):
        self.check("b.h", f"/* {SPDX} */\nint f(void);\n",
                   "b.h:2: #pragma once")

    def test_header_body(self):
        def body(n):
            return (HEADER + "static inline void\ng(void)\n{\n"
                    + "\tf();\n" * n + "}\n")

        self.write("b.h", body(5))
        self.assert_silent(self.TOOL, ".")
        self.check("b.h", body(6), "b.h:7: function body over 5 lines")

    def test_blanks(self):
        self.check("b.md", "text \n", "b.md:1: trailing blanks")

    def test_last_line(self):
        self.check("b.md", "text", "b.md:1: no newline")

    def test_note(self):
        word = "TO" + "DO"
        self.write("b.md", f"{word}(slow for long lists): sort first\n")
        self.assert_silent(self.TOOL, ".")
        self.check("b.md", f"{word}: later\n", "b.md:1: a note-to-self")

    def test_private(self):
        self.check("b.md", "see /ho" + "me/me/notes\n",
                   "b.md:1: a path of somebody's machine")
        self.check("b.md", "as the C" + "EO said\n",
                   "b.md:1: a word about how")


class C(ToolTest):
    TOOL = TOOLS / "check_c.py"
    HEAD = (f"/* {SPDX} */\n/* What this file is for, in a few words. */\n"
            "#include <x.h>\n")
    NAME = "src/low/a.c"

    def setUp(self):
        super().setUp()
        self.silent("int\nf(void)\n{\n\treturn sizeof(x) + !p;\n}\n")

    def silent(self, text, name=NAME):
        self.write(name, self.HEAD + text)
        self.assert_silent(self.TOOL, ".")

    def finds(self, finding, text, name=NAME):
        self.write(name, self.HEAD + text)
        status, out = self.run_tool(self.TOOL, ".")
        self.assertEqual(status, 1)
        self.assertRegex(out, f"^{self.dir}/{name}:{finding}[^\n]*\n$")

    def test_dialect(self):
        for name in ("src/low/a.c", "tests/unit/a.c", "bpf-templates/a.h"):
            with self.subTest(name=name):
                self.finds("4: write sizeof", "int n = sizeof n;\n", name)
                self.silent("int n = sizeof(n); /* sizeof n */\n", name)
        self.finds("4: write p or !p", "int n = p == NULL;\n")
        self.finds("4: write p or !p", "int n = NULL != p;\n")
        self.finds("4: a comparison", "int cmp_name(void);\n")
        self.finds("4: a comparison", "int name_cmp(void);\n")
        self.silent('int n = memcmp(p, "x == NULL", 3);\n')

    def test_words(self):
        for words, usual in (("it is Behind", "after"), ("x stands", "is, "),
                             ("the one at\n * hand", "current"),
                             ("tried in vain", "without success"),
                             ("none such", "no such"),
                             ("parted by dots", "separated by")):
            with self.subTest(words=words):
                self.finds(rf'\d: "(?s:[^"]*)" is not the usual word; '
                           f"perhaps: {usual}", f"/* {words} */\n")
        self.silent('/* X stands for Y. */\nchar *s = "behind";\n')

    def test_head(self):
        include, words = "#include <x.h>\n", "of more letters than a few"
        for text in ("int f(void);\n", include,
                     include + f"/* What comes too late {words}. */\n",
                     "/* A file. */\n" + include,
                     f"/* The function, {words}. */\nint f(void);\n"):
            with self.subTest(text=text):
                self.write(self.NAME, f"/* {SPDX} */\n{text}")
                self.assert_finds("a.c:2: between the SPDX line and the "
                                  "includes", self.TOOL, ".")

    def test_file(self):
        self.silent("\n" * 497)
        self.finds("1: 501 lines", "\n" * 498)

    def test_function(self):
        def function(n):
            return "int\nf(int x,\n    int y)\n{\n" + "\n" * n + "}\n"

        self.silent("\n" + function(55))
        self.finds("5: a function of 61 lines", "\n" + function(56))

    def test_equal(self):
        def run(n, gap):
            return gap.join(f"\tf({i});\n" for i in range(n))

        self.write("src/low/b.c", self.HEAD + run(9, ""))
        self.silent(run(9, ""))
        self.write("src/low/b.c", self.HEAD + run(12, "\n#include <x.h>\n"))
        self.silent(run(9, ""))
        self.write(self.NAME, self.HEAD + run(12, "\t}\n/* why */\n"))
        self.assert_finds("b.c:4: the 10 or more lines of src/low/a.c:4, "
                          "again\n", self.TOOL, ".")

    def test_equal_in_one_file(self):
        run = "".join(f"\tf({i});\n" for i in range(10))
        self.finds("17: the 10 or more lines of src/low/a.c:4, again",
                   run + "\tg();\n\th();\n\ti();\n" + run)

    def test_versions(self):
        for code in ("t->cilium < 119", "120 == cilium", "o.cilium >= since",
                     "VERSION_LAST > t->opt.cilium"):
            with self.subTest(code=code):
                self.finds("4: only src/cilium/version.c compares",
                           f"int n = {code};\n")
        self.finds("4: a version of Cilium has a name", "x.cilium = 120;\n")
        self.silent("int n = a.cilium != b->cilium && cilium != 0;\n")
        self.silent("int n = p->x < 119;\n")
        self.silent("int n = cilium >= since;\n", "src/cilium/version.c")


class Man(ToolTest):
    TOOL = TOOLS / "check_man.py"
    PAGE = (".Dd January 1, 2026\n.Dt CNPC 1\n.Os\n.Sh NAME\n"
            ".Nm cnpc-{0}\n.Nd do {0}\n.Sh DESCRIPTION\nIt does {0}.\n")

    def page(self, name, more=""):
        return self.write(f"cnpc-{name}.1", self.PAGE.format(name) + more)

    def cnpc(self, *commands):
        lines = "\n".join(f"  {c}  Does it." for c in ("help", *commands))
        return self.write("cnpc", f"#!/bin/sh\ncat <<E\n{lines}\nE\n", 0o755)

    def test_good(self):
        self.assert_silent(self.TOOL, "--cnpc", self.cnpc("one"),
                           self.page("one", ".Xr other 8\n"))

    def test_lint(self):
        self.assert_finds("unknown macro", self.TOOL,
                          self.page("one", ".Nope x\n"))

    def test_reference(self):
        self.assert_finds(".Xr cnpc-two 1: there is no such page", self.TOOL,
                          self.page("one", ".Xr cnpc-two 1\n"))

    def test_not_listed(self):
        self.page("two")
        self.assert_finds("cnpc-two.1: not in meson.build's list", self.TOOL,
                          self.page("one"))

    def test_command(self):
        self.assert_finds("man/cnpc-two.1: missing", self.TOOL, "--cnpc",
                          self.cnpc("one", "two"), self.page("one"))

    def test_option(self):
        cnpc = self.cnpc("one")
        cnpc.write_text(cnpc.read_text().replace(
            "\nE\n", "\n\noptions:\n  -t, --two=WORD\n        a thing\nE\n"))
        self.assert_finds("man/cnpc-one.1: --two is not described", self.TOOL,
                          "--cnpc", cnpc, self.page("one"))
        self.assert_silent(self.TOOL, "--cnpc", cnpc,
                           self.page("one", ".Fl -two\n"))

    def test_no_help(self):
        cnpc = self.write("cnpc", "#!/bin/sh\n", 0o755)
        self.assert_finds("names no command", self.TOOL, "--cnpc", cnpc,
                          self.page("one"))


class Platforms(ToolTest):
    TOOL = TOOLS / "check_platforms.py"
    TABLE = """aks: at most 16384 entries

rules.x: refused
    The platform refuses x.
    Instead: use y.
"""
    PAGE = """.Dd January 1, 2026
.Dt CNPC 7
.Os
.Sh NAME
.Nm cnpc
.Nd has 16384 entries
.Sh DESCRIPTION
.Cm rules.x
is refused.
The platform
refuses x.
Instead, use y.
"""

    def check(self, page):
        table = self.write("table", self.TABLE)
        return (self.TOOL, "--mandoc", "mandoc", "--cnpc",
                self.write("cnpc", f"#!/bin/sh\ncat {table}\n", 0o755),
                self.write("cnpc.7", page))

    def test_good(self):
        self.assert_silent(*self.check(self.PAGE))

    def test_missing(self):
        for word in ("16384", "rules.x", "refuses x", "use y"):
            self.assert_finds("cnpc.7: lacks, of aks",
                              *self.check(self.PAGE.replace(word, "z")))


class Citations(ToolTest):
    TOOL = TOOLS / "check_citations.py"
    PAGE = "rules.md"  # apart from its numbers, which our own check reads

    def setUp(self):
        super().setUp()
        self.write(f"docs/{self.PAGE}", "# Rules\n\n## 1. One\n\n"
                   "### 1.1 First\n\nAs in 1.1, since 1.19.\n")
        self.write("src/a.c", f"/* {self.PAGE} 1, 1.1; needs\n"
                   f" * {self.PAGE}\n * 1.1. */\nint a = 1.1;\n")

    def test_good(self):
        self.assert_silent(self.TOOL, ".")

    def test_no_section(self):
        self.write("man/a.1", f"See {self.PAGE} 1.1, 1.7.\n")
        self.assert_finds("man/a.1:1: rules.md has no section 1.7",
                          self.TOOL, ".")

    def test_wrapped(self):
        self.write("src/b.h", f"/*\n * Source: {self.PAGE}\n * 1.7.\n */\n")
        self.assert_finds("src/b.h:2: rules.md has no section 1.7",
                          self.TOOL, ".")

    def test_range(self):
        self.write("tests/a.py", f"# {self.PAGE} 1.1 to 1.3\n")
        self.assert_finds("rules.md has no section 1.3", self.TOOL, ".")

    def test_no_page(self):
        self.write("README.md", f"See docs/old-{self.PAGE}.\n")
        self.assert_finds(f"README.md:1: there is no docs/old-{self.PAGE}",
                          self.TOOL, ".")

    def test_bare(self):
        self.write("src/b.c", "\n/* The first (1.1). */\n")
        self.assert_finds("src/b.c:2: 1.1: of which page?", self.TOOL, ".")

    def test_source(self):
        self.write("README.md", "See `src/a.c`, `cmd/NAME.c` and `low/b.h`.\n")
        self.assert_finds("README.md:1: there is no low/b.h", self.TOOL, ".")

    def test_vague(self):
        self.write("src/b.c", "/* Source: rules 1. */\n")
        self.assert_finds(f"src/b.c:1: rules 1: written {self.PAGE} 1",
                          self.TOOL, ".")

    def test_within_page(self):
        self.write(f"docs/{self.PAGE}", "## 1. One\n\n### 1.1 First\n\n1.2\n")
        self.assert_finds("rules.md:5: 1.2: this page has no such section",
                          self.TOOL, ".")


class Listed(ToolTest):
    TOOL = TOOLS / "check_listed.py"

    def setUp(self):
        super().setUp()
        for name in ("a-1/x", "a-2/x", "b-1/x", "test_c.c", "notes"):
            self.write("cases/" + name, "")
        self.assert_silent(self.TOOL, "--stem", "cases/*/", "a", "b")
        self.assert_silent(self.TOOL, "cases/test_*.c", "c")

    def test_forgotten(self):
        self.assert_finds("cases/b/: no test runs it", self.TOOL, "--stem",
                          "cases/*/", "a")
        self.assert_finds("cases/test_c.c: no test runs it", self.TOOL,
                          "cases/test_*.c")

    def test_gone(self):
        self.assert_finds("cases/c-1/: listed, but not there", self.TOOL,
                          "cases/*/", "a-1", "a-2", "b-1", "c-1")


class Examples(ToolTest):
    TOOL = TOOLS / "check_examples.py"
    DEF = """date 2026-02-03
band 101 schema  Schema
CNP101 some-thing warning
  text  it is wrong
  long
    It is wrong, and this says why.
  bad
    bad: true
  good
    good: true
"""

    def check(self, bad, good):
        """The tool's result when cnpc finds BAD and GOOD, (id, level)."""
        answers = [json.dumps({"findings": [{"id": i, "level": level}
                                            for i, level in found]})
                   for found in (bad, good)]
        cnpc = self.write("cnpc", "#!/bin/sh\ncase $3 in\n"
                          "*.bad.yaml) echo '{}' ;;\n*) echo '{}' ;;\nesac\n"
                          .format(*answers), 0o755)
        return self.run_tool(self.TOOL, "--cnpc", cnpc,
                             self.write("x.def", self.DEF))

    def test_good(self):
        self.assertEqual(self.check([("CNP101", "warning")],
                                    [("CNP401", "unsupported")]), (0, ""))

    def test_bad_not_found(self):
        self.assertEqual(self.check([("CNP010", "error")], []),
                         (1, "CNP101.bad.yaml: not found; found CNP010\n"))

    def test_good_found(self):
        bad = [("CNP101", "warning")]
        self.assertEqual(self.check(bad, bad),
                         (1, "CNP101.good.yaml: found CNP101\n"))


class Page(ToolTest):
    TOOL = TOOLS / "check_page.py"

    def check(self, printed, *options):
        """The tool's result when the page has PRINTED."""
        self.cnpc = self.write("cnpc", "#!/bin/sh\ncat $1\necho wrong >&2\n",
                               0o755)
        self.page = self.write("page.md", "```yaml a.yaml\none\ntwo\n```\n\n"
                               f"```console\n$ cnpc a.yaml\n{printed}```\n")
        return self.run_tool(self.TOOL, "--cnpc", self.cnpc, *options,
                             self.page)

    def test_good(self):
        self.assertEqual(self.check("one\ntwo\nwrong\n"), (0, ""))

    def test_left_out(self):
        self.assertEqual(self.check("...\ntwo\n...\n"), (0, ""))
        self.assertEqual(self.check("one\nt...\nwr...\n"), (0, ""))

    def test_differs(self):
        status, out = self.check("one\nwrong\n")
        self.assertEqual(status, 1)
        self.assertIn("page.md:7: cnpc a.yaml prints\none\ntwo\nwrong\n", out)

    def test_not_at_all(self):
        self.assertEqual(self.check("...\nthree\n...\n")[0], 1)

    def test_update(self):
        self.assertEqual(self.check("one\n", "--update"), (0, ""))
        self.assertIn("one\ntwo\nwrong\n```\n", self.page.read_text())

    def test_files_change(self):
        cnpc = self.write("cnpc", "#!/bin/sh\ncat $*\n", 0o755)
        page = self.write("page.md", "    mkdir d\n```yaml d/a\none\n```\n"
                          "```console\n$ cnpc d/a \\\n    b\none\nb\n```\n"
                          "```yaml d/a\ntwo\n```\n"
                          "```console\n$ cnpc d/a\ntwo\n```\n")
        tree = self.write("tree/b", "b\n").parent
        self.assertEqual(self.run_tool(self.TOOL, "--cnpc", cnpc, "--tree",
                                       tree, page), (0, ""))

    def test_no_folder(self):
        cnpc = self.write("cnpc", "#!/bin/sh\ncat $*\n", 0o755)
        page = self.write("page.md", "    mkdir dd\n```yaml d/a\none\n```\n"
                          "```console\n$ cnpc d/a\none\n```\n")
        status, out = self.run_tool(self.TOOL, "--cnpc", cnpc, page)
        self.assertEqual(status, 1)
        self.assertIn("page.md:2: no step makes its folder\n", out)

    def test_another_program(self):
        self.assertIn("page.md:2: only cnpc", self.run_tool(
            self.TOOL, "--cnpc", self.write("cnpc", "", 0o755),
            self.write("page.md", "```console\n$ rm a\n```\n"))[1])

    def test_no_examples(self):
        self.assertIn("no examples", self.run_tool(
            self.TOOL, "--cnpc", self.write("cnpc", "", 0o755),
            self.write("page.md", "Text.\n"))[1])


class Json(ToolTest):
    TOOL = TOOLS / "check_json.py"
    SCHEMA = """{"title": "cnpc-x", "type": "object", "properties": {
        "format": {"const": "cnpc-x"}, "a": {"type": "object",
        "properties": {"b": {"type": "integer"}}, "required": ["b"]}}}"""

    def check(self, output):
        self.write("schemas/cnpc-x.schema.json", self.SCHEMA)
        self.write("golden/case/stdout", output)
        return self.run_tool(self.TOOL, "schemas", "golden")

    def test_good(self):
        self.assertEqual(self.check('{"format": "cnpc-x", "a": {"b": 1}}'),
                         (0, ""))

    def test_missing(self):
        self.assertIn("golden/case/stdout: cnpc-x: a: 'b' is a required",
                      self.check('{"format": "cnpc-x", "a": {}}')[1])

    def test_not_named(self):
        for output in ('{"format": "cnpc-x", "c": 1}',
                       '{"format": "cnpc-x", "a": {"b": 1, "c": 2}}'):
            status, out = self.check(output)
            self.assertEqual(status, 1)
            self.assertIn("'c' was unexpected", out)

    def test_no_format(self):
        self.assertIn("has no schema: None", self.check('{"a": 1}')[1])

    def test_nothing(self):
        self.assertEqual(self.check("text"), (1, "no JSON to check\n"))


class Golden(ToolTest):
    TOOL = TOOLS / "golden.py"

    def golden(self, script, command="say", *args):
        """The runner over one case, whose cnpc is a shell script."""
        cnpc = self.write("cnpc", f"#!/bin/sh\n{script}\n", 0o755)
        self.write("stage/case/cmd", command + "\n")
        return self.run_tool(self.TOOL, "--cnpc", cnpc, *args, "stage")

    def test_agrees(self):
        self.write("stage/case/stdout", "yes\n")
        self.assertEqual(self.golden("echo yes"), (0, "1 cases, 0 failed\n"))

    def test_differs(self):
        self.write("stage/case/stdout", "yes\n")
        for script, sign in (("echo no", "+no"), ("echo yes; exit 1", "+1"),
                             ("echo yes; echo w >&2", "+w")):
            with self.subTest(script):
                status, out = self.golden(script)
                self.assertEqual(status, 1)
                self.assertIn(f"\n{sign}\n", out)

    def test_depends_on_zone(self):
        self.write("stage/case/stdout", "UTC\n")
        self.assertEqual(self.golden("echo $TZ")[0], 1)

    def test_leaves_files(self):
        status, out = self.golden("touch junk")
        self.assertEqual(status, 1)
        self.assertIn("junk: left behind", out)

    def test_temporary_directory(self):
        self.write("stage/case/stdout", "say $TMP/out\n")
        self.assertEqual(self.golden('mkdir "$2"; echo "$@"',
                                     "say $TMP/out")[0], 0)

    def test_stdin(self):
        self.write("stage/case/stdin", "text\n")
        self.write("stage/case/stdout", "text\n")
        self.assertEqual(self.golden("cat")[0], 0)

    def test_update(self):
        self.write("stage/case/stderr", "old\n")
        self.assertEqual(self.golden("echo new; exit 2", "say",
                                     "--update")[0], 0)
        case = self.dir / "stage/case"
        self.assertEqual((case / "stdout").read_text(), "new\n")
        self.assertEqual((case / "status").read_text(), "2\n")
        self.assertFalse((case / "stderr").exists())

    def test_no_cases(self):
        self.assertEqual(self.golden("true", "say", "--only", "x")[0], 1)


class Traps(ToolTest):
    TOOL = ROOT / "tests/golden/traps.py"
    GOOD = "test: tests/unit/test_ports.c test_examples\n"
    DENIED = ('{"verdict": "dropped", "pairs": [{"egress": {}, "ingress": '
              '{"drop_reason": {"code": 133}}}]}')
    # A cnpc that answers each command with one text.
    CNPC = """#!/bin/sh
case $1 in
lint) echo '{findings}' ;;
trace) echo '{answer}' ;;
*) echo subject ;;
esac
"""

    def traps(self, expect, answer=DENIED, findings="[]"):
        """The runner over 50 traps, the first of which has an input and
        expects EXPECT."""
        for n in range(1, 51):
            self.write(f"traps/{n:02}-name/expect", self.GOOD)
        self.write("traps/01-name/expect", expect)
        self.write("traps/01-name/input.yaml", "")
        cnpc = self.write("cnpc", self.CNPC.format(
            findings=f'{{"findings": {findings}}}', answer=answer), 0o755)
        return self.run_tool(self.TOOL, "--cnpc", cnpc, "traps")

    def assert_ok(self, *args):
        status, out = self.traps(*args)
        self.assertNotIn("not ok", out)
        self.assertEqual(status, 0)

    def assert_fault(self, fault, *args):
        status, out = self.traps(*args)
        self.assertIn("not ok 2 01-name", out)
        self.assertIn(fault, out)
        self.assertEqual(status, 1)

    def test_verdict(self):
        self.assert_ok("a/b -> c/d 80/tcp: dropped 133\n")
        self.assert_fault("dropped, not allowed",
                          "a/b -> c/d 80/tcp: allowed\n")
        self.assert_fault("drop reason 133, not 181",
                          "a/b -> c/d 80/tcp: dropped 181\n")
        self.assert_fault("by nobody, not by a/x",
                          "a/b -> c/d 80/tcp: dropped 133 by a/x\n")
        self.assert_fault("no answer", "a/b -> c/d 80/tcp: dropped\n", "")

    def test_findings(self):
        error = '[{"id": "CNP202", "level": "error"}]'
        self.assert_ok("lint: CNP202\n", self.DENIED, error)
        self.assert_fault("CNP202: missing", "lint: CNP202\n")
        self.assert_fault("found CNP202, too", self.GOOD, self.DENIED, error)

    def test_dump(self):
        self.assert_ok("dump ir: subject\n")
        self.assert_fault("subject: there", "dump ir: not subject\n")

    def test_proof(self):
        self.assert_ok(self.GOOD)
        self.assert_fault("no such file", "test: tests/none.c test_one\n")
        self.assert_fault("no such function",
                          self.GOOD.replace("examples", "nothing"))
        self.assert_fault("no such function", "test: tests/unit/test_ports.c\n")

    def test_nothing(self):
        self.assert_fault("expects nothing", "# a remark\n")
        self.assert_fault("not a line that is known", "allowed\n")

    def test_missing_number(self):
        self.traps(self.GOOD)
        (self.dir / "traps/50-name").rename(self.dir / "traps/49-again")
        status, out = self.run_tool(self.TOOL, "--cnpc", "./cnpc", "traps")
        self.assertIn("not ok 1 each trap from 01 to 50 once", out)
        self.assertEqual(status, 1)


class Rules(ToolTest):
    TOOL = ROOT / "tests/lint/rules.py"
    FOUND = '[{"name": "split", "id": "CNP601", "level": "warning", ' \
        '"line": 2, "text": "cut"}]'
    # A cnpc that finds what stands in the last line of its file.
    CNPC = "#!/bin/sh\nfor file; do :; done\ntail -n 1 $file | cut -c 3-\n"

    def setUp(self):
        super().setUp()
        self.write("cnpc", self.CNPC, 0o755)
        self.write("diag.def", "CNP599 other warning\nCNP601 split warning dns\n")
        for n in range(3):
            self.case(f"finds-{n}", "# Why.\nx: 1 # here\n", self.FOUND)
            self.case(f"silent-{n}", "# Why.\nx: 1\n")
        status, out = self.rules()
        self.assertNotIn("not ok", out)
        self.assertEqual(status, 0)

    def case(self, name, text, findings="[]"):
        return self.write(f"cases/split/{name}.yaml", f'{text}# {{"findings": {findings}}}\n')

    def rules(self):
        return self.run_tool(self.TOOL, "--cnpc", "./cnpc", "diag.def", "cases")

    def assert_fault(self, fault):
        status, out = self.rules()
        self.assertIn("not ok", out)
        self.assertIn(fault, out)
        self.assertEqual(status, 1)

    def test_not_found(self):
        self.case("finds-0", "# Why.\nx: 1 # here\n")
        self.assert_fault("line 2: not found")

    def test_found(self):
        self.case("silent-0", "# Why.\nx: 1\n", self.FOUND)
        self.assert_fault("line 2: found")

    def test_elsewhere(self):
        self.case("finds-0", "# Why.\nx: 1\ny: 1 # here\n", self.FOUND)
        self.assert_fault("line 2: found")

    def test_another_rule(self):
        other = self.FOUND.replace("split", "other")
        self.case("silent-0", "# also: other\n# Why.\n", other)
        self.assertEqual(self.rules()[0], 0)
        self.case("silent-0", "# Why.\n", other)
        self.assert_fault("CNP601 other: cut")
        self.case("silent-0", "# also: other\n# Why.\n")
        self.assert_fault("other finds nothing here")

    def test_marks(self):
        self.case("silent-0", "x: 1\n")
        self.assert_fault("no comment says why")
        self.case("finds-0", "# Why.\nx: 1\n")
        self.assert_fault("belongs into files finds-*")

    def test_too_few(self):
        (self.dir / "cases/split/silent-2.yaml").unlink()
        self.assert_fault("2 of 3 cases silent-*")

    def test_unknown_rule(self):
        self.write("cases/splt/finds-a.yaml", "")
        self.assert_fault("no rule has this name")


class Summary(ToolTest):
    TOOL = TOOLS / "test_summary.py"

    def log(self, *results):
        lines = [json.dumps({"name": f"cnpc:{suite} / t{i}",
                             "result": result})
                 for i, (result, suite) in enumerate(results)]
        return self.write("build/meson-logs/testlog.json",
                          "\n".join(lines) + "\n")

    def summary(self, *args):
        status, out = self.run_tool(self.TOOL, *args)
        return status, out.splitlines()[-1]

    def test_passed(self):
        log = self.log(("OK", "unit"), ("EXPECTEDFAIL", "unit"))
        self.assertEqual(self.summary(log, log), (0, "4 passed, 0 failed"))

    def test_failed(self):
        for result in ("FAIL", "TIMEOUT", "ERROR", "INTERRUPT",
                       "UNEXPECTEDPASS"):
            log = self.log(("OK", "unit"), (result, "unit"))
            self.assertEqual(self.summary(log), (1, "1 passed, 1 failed"))

    def test_skipped(self):
        log = self.log(("OK", "unit"), ("SKIP", "kernel"))
        self.assertEqual(self.summary(log),
                         (0, "1 passed, 0 failed, 1 skipped"))
        self.assertEqual(self.summary("--must-run", "kernel", log),
                         (1, "1 passed, 1 failed"))

    def test_nothing_ran(self):
        self.assertEqual(self.summary(self.log(("SKIP", "unit")))[0], 1)

    def test_no_log(self):
        self.assertEqual(self.summary("build/none.json"),
                         (1, "0 passed, 1 failed"))


class Conformance(ToolTest):
    TOOL = ROOT / "tests/conformance/run"
    CASES = ROOT / "testdata/conformance"
    CASE = "ports-1"
    # A cnpc that answers as expected.json of its case says, after an edit.
    CNPC = """#!/usr/bin/env python3
import json, os, sys
case = os.path.dirname(sys.argv[-1])
named = [a.split("=")[1] for a in sys.argv
         if a.startswith(("--cilium=", "--precedence="))][0]
names = [f"expected-{{named}}.json", "expected.json"]
path = [p for p in (os.path.join(case, n) for n in names)
        if os.path.exists(p)][0]
doc = json.load(open(path))
{edit}
json.dump(doc, sys.stdout)
"""

    def conformance(self, edit, *args):
        cnpc = self.write("cnpc", self.CNPC.format(edit=edit), 0o755)
        return self.run_tool(self.TOOL, "--cnpc", cnpc, "--cases", self.CASES,
                             "--only", self.CASE, *args)

    def assert_conforms(self, edit, *args):
        status, out = self.conformance(edit, *args)
        self.assertEqual(status, 0)
        self.assertTrue(out.endswith("\n5 passed, 0 failed\n"), out)

    def assert_differs(self, edit, *args):
        status, out = self.conformance(edit, *args)
        self.assertEqual(status, 1)
        self.assertTrue(out.endswith("\n0 passed, 5 failed\n"), out)

    NO_ENTRIES = "for p in doc['policies']: p['entries'] = []"
    # The same verdicts from one entry more: a deny that repeats the default.
    MORE_ENTRIES = (
        "for p in doc['policies']: p['entries'] += "
        "[{'dir': 'ingress', 'identity': 999999, 'deny': True}]")

    def test_agrees(self):
        self.assert_conforms("", "--min-identical", "100")

    def test_verdicts(self):
        self.assert_differs(self.NO_ENTRIES)

    def test_identities(self):
        self.assert_differs("doc['identities'].pop()")

    def test_rejected(self):
        self.assert_differs(
            "doc['rejected'] = [{'kind': 'K', 'name': 'n'}]")

    def test_crash(self):
        self.assert_differs("os.abort()")

    def test_exit_status(self):
        self.assert_differs("json.dump(doc, sys.stdout); sys.exit(4)")

    def test_identical_maps(self):
        self.assert_conforms(self.MORE_ENTRIES)
        status, out = self.conformance(self.MORE_ENTRIES, "--min-identical",
                                       "95")
        self.assertEqual(status, 1)
        self.assertIn("fewer than 95 %", out)


if __name__ == "__main__":
    unittest.main()
