#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the forms of findings that services read.

usage: formats.py CNPC

Each form must have the shape that its service documents, and tell of the same
findings, at the same places, as --format=json does."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as xml

NOTED = """\
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: typo, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
  - fromEndpoint: [{matchLabels: {app: web}}]
  - fromEndpoint: [{matchLabels: {app: "a<b"}}]
  - fromEntities: ["every,one: 100%; <&\\"]"]
  - fromEntities: [all]
    fromEntities: [world]
"""
# A name with what each of the forms must escape.
NAME = "a, 50%; [b] &c:d.yaml"
SEVERITY = {
    "gitlab": ("info", "minor", "major"),
    "checkstyle": ("info", "warning", "error"),
    "github": ("notice", "warning", "error"),
    "azure": ("warning", "warning", "error"),
}
RANK = {"note": 0, "style": 0, "warning": 1, "error": 2, "unsupported": 2}


def lint(cnpc, folder, *args, **env):
    run = subprocess.run([cnpc, "lint", *args], cwd=folder, text=True,
                         env={"PATH": os.environ["PATH"], **env},
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert run.returncode in (0, 1, 2), (args, run)
    return run.stdout


def unescape(text, table):
    for code, c in table:
        text = text.replace(code, c)
    return text


def github(out):
    """(severity, id, file, line, column, text) of each finding."""
    for line in out.splitlines():
        kind, properties, text = re.fullmatch(
            r"::(\w+) ([^:]*)::(.*)", line).groups()
        p = dict(pair.split("=", 1) for pair in properties.split(","))
        codes = [("%3A", ":"), ("%2C", ","), ("%0A", "\n"), ("%25", "%")]
        assert int(p["endLine"]) >= int(p["line"])
        assert "col" in p or p["endLine"] != p["line"]
        yield (kind, p["title"].split()[0], unescape(p["file"], codes),
               int(p["line"]), int(p["col"]) if "col" in p else None,
               unescape(text, codes[2:]))


def azure(out):
    codes = [("%3B", ";"), ("%5D", "]"), ("%0A", "\n"), ("%AZP25", "%")]
    for line in out.splitlines():
        properties, text = re.fullmatch(
            r"##vso\[task\.logissue ([^\]]*);\](.*)", line).groups()
        p = dict(pair.split("=", 1) for pair in properties.split(";"))
        yield (p["type"], p["code"], unescape(p["sourcepath"], codes),
               int(p["linenumber"]), int(p["columnnumber"]),
               unescape(text, codes))


def gitlab(out):
    for f in json.loads(out):
        assert set(f) == {"check_name", "description", "fingerprint",
                          "severity", "location"}, f
        text, code = re.fullmatch(r"(.*) \[(CNP\d{3})\]", f["description"],
                                  re.S).groups()
        yield (f["severity"], code, f["location"]["path"],
               f["location"]["lines"]["begin"], None, text)


def checkstyle(out):
    root = xml.fromstring(out)
    assert root.tag == "checkstyle" and root.get("version")
    for file in root:
        for e in file:
            yield (e.get("severity"), e.get("source").split(".")[1],
                   file.get("name"), int(e.get("line")), int(e.get("column")),
                   e.get("message"))


def check_form(read, found, out):
    seen = list(read(out))
    assert len(seen) == len(found), (read.__name__, out)
    for got, f in zip(seen, found):
        severity, code, file, line, column, text = got
        assert severity == SEVERITY[read.__name__][RANK[f["level"]]], got
        assert (code, file, line) == (f["id"], f["file"], f["line"]), (got, f)
        assert column in (None, f["column"]), (got, f)
        lines = text.split("\n")
        assert lines[0] == f["text"], (got, f)
        assert len(lines) == 1 + len(f["notes"]), (got, f)


def check_junit(found, out):
    suite, = xml.fromstring(out)
    cases = suite.findall("testcase")
    failures = suite.findall("testcase/failure")
    bad = [f for f in found if RANK[f["level"]] > 0]
    assert suite.get("tests") == str(len(cases))
    assert suite.get("failures") == str(len(failures))
    assert len(cases) == max(len(found), 1), out
    assert [f.get("message") for f in failures] == [f["text"] for f in bad]
    for case, f in zip(cases, found):
        assert case.get("classname") == f["file"]
        assert case.get("name").startswith(f["id"])
    names = [c.get("name") for c in cases]
    assert len(set(names)) == len(names), names


def fingerprints(out):
    return [f["fingerprint"] for f in json.loads(out)]


def main():
    cnpc = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, NAME)
        path.write_text(NOTED)

        def run(form, **env):
            return lint(cnpc, folder, *form, "./" + NAME, **env)

        found = json.loads(run(["--format=json"]))["findings"]
        lines = run(["--format=jsonl"]).splitlines()
        assert found == [json.loads(line) for line in lines]
        assert any(f["notes"] for f in found), "a note is wanted"
        assert len({f["text"] for f in found}) < len(found), "and twins"
        for f in found:
            f["file"] = f["file"].removeprefix("./")
        for read in github, azure, gitlab, checkstyle:
            check_form(read, found, run([f"--format={read.__name__}"]))
        check_junit(found, run(["--format=junit"]))

        # GitHub's own by itself, but for who asks for another.
        text = run([])
        assert run([], GITHUB_ACTIONS="false") == text
        assert run([], GITHUB_ACTIONS="true") == run(["--format=github"])
        assert run(["--format=text"], GITHUB_ACTIONS="true") == text

        # However it is called, the file has its name in the repository.
        pathlib.Path(folder, ".git").mkdir()
        sub = pathlib.Path(folder, "sub")
        sub.mkdir()
        sarif = json.loads(run(["--format=sarif"]))["runs"][0]["results"]
        for place, name in ((folder, "."), (folder, folder), (sub, ".."),
                            ("/", path)):
            out = json.loads(lint(cnpc, place, "--format=sarif", name))
            assert out["runs"][0]["results"] == sarif, (place, name)
        uri, = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                for r in sarif}
        assert urllib.parse.unquote(uri) == NAME, uri
        seen = [r["partialFingerprints"]["cnpcFinding/v1"] for r in sarif]
        assert seen == [f["fingerprint"] for f in found]
        check_form(gitlab, found,
                   lint(cnpc, sub, "--format=gitlab", "../" + NAME))

        # Moved lines: the same fingerprints, each of them once.
        before = fingerprints(run(["--format=gitlab"]))
        path.write_text("# one\n# two\n" + NOTED)
        assert fingerprints(run(["--format=gitlab"])) == before
        assert len(set(before)) == len(before)

        path.write_text("{apiVersion: v1, kind: Namespace, "
                        "metadata: {name: shop}}\n")
        for read in github, azure, gitlab, checkstyle:
            check_form(read, [], run([f"--format={read.__name__}"]))
        check_junit([], run(["--format=junit"]))


if __name__ == "__main__":
    main()
