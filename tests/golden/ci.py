#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the action for GitHub, and the commands that docs/ci.md shows.

usage: ci.py CNPC SOURCE_DIR

The action's script is run as a runner does it, without a network; the commands
are run in a small repository. Prints TAP."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  endpointSelector: {}
  ingres: [{}]
  ingress: [{}]
"""
FOUND = "::warning title=CNP102 misspelt-field,file=a b/web.yaml,line=6"
COMMAND = re.compile(r"\bcnpc (lint [^>|\n`]*)")


class Runner:
    def __init__(self, cnpc, source, folder):
        self.cnpc, self.source = cnpc, source
        self.folder = pathlib.Path(folder)
        (self.folder / "a b").mkdir()
        (self.folder / "a b/web.yaml").write_text(POLICY)
        (self.folder / "temp").mkdir()

    def path_with_cnpc(self):
        (self.folder / "bin").mkdir()
        (self.folder / "bin/cnpc").symlink_to(self.cnpc)
        return f"{self.folder}/bin:/usr/bin:/bin"

    def archive(self):
        """An archive as a release has it, and its checksum."""
        path = self.folder / "cnpc.tar.gz"
        with tarfile.open(path, "w:gz") as t:
            t.add(self.cnpc, "cnpc-1-linux-amd64/bin/cnpc")
        return str(path), hashlib.sha256(path.read_bytes()).hexdigest()

    def act(self, path="/usr/bin:/bin", **inputs):
        names = ("paths", "options", "archive", "sha256", "sarif")
        env = {"PATH": path, "RUNNER_TEMP": str(self.folder / "temp"),
               **{f"CNPC_{n.upper()}": inputs.get(n, "") for n in names}}
        env["CNPC_PATHS"] = inputs.get("paths", ".")
        return subprocess.run([self.source / "packaging/action.sh"], env=env,
                              cwd=self.folder, capture_output=True, text=True,
                              timeout=60, check=False)


def expect(run, status, text):
    if run.returncode != status or text not in run.stdout:
        raise AssertionError(f"{run.returncode}: {run.stdout}{run.stderr}")


def annotates(r):
    """The cnpc in PATH, a SARIF file beside the annotations."""
    run = r.act(r.path_with_cnpc(), sarif="cnpc.sarif",
                options="--cilium=1.18  --ignore=dns")
    expect(run, 1, FOUND)
    results = json.loads((r.folder / "cnpc.sarif").read_text())["runs"][0]
    if [x["ruleId"] for x in results["results"]].count("CNP102") != 1:
        raise AssertionError(results)


def unpacks(r):
    archive, checksum = r.archive()
    expect(r.act(archive=archive, sha256=checksum), 1, FOUND)


def refuses(r):
    """Another checksum, a URL without one, no file, no program, no input."""
    archive, _ = r.archive()
    expect(r.act(archive=archive, sha256="0" * 64), 3, "::error")
    expect(r.act(archive="https://example.org/cnpc.tar.gz"), 3, "sha256")
    expect(r.act(archive="nothing.tar.gz"), 3, "::error")
    expect(r.act(), 3, "no cnpc in PATH")
    expect(r.act(archive=archive, paths="nothing"), 2, "cannot read nothing")


def runs_nothing(r):
    """What is given is no command."""
    for name in ("paths", "options"):
        r.act(r.path_with_cnpc() if name == "paths" else
              f"{r.folder}/bin:/usr/bin:/bin",
              **{name: "$(touch sprung) `touch sprung`; touch sprung"})
    if (r.folder / "sprung").exists():
        raise AssertionError("a command was run")


def passes_inputs(r):
    """action.yml passes each of its inputs, by the name the script reads."""
    text = (r.source / "action.yml").read_text()
    inputs = re.findall(r"^  (\w+):$", text.split("\nruns:")[0], re.M)
    passed = re.findall(r"^        (\w+): \$\{\{ inputs\.(\w+) \}\}$", text,
                        re.M)
    script = (r.source / "packaging/action.sh").read_text()
    if not inputs or sorted(passed) != sorted(
            (f"CNPC_{n.upper()}", n) for n in inputs):
        raise AssertionError(f"{inputs} {passed}")
    read = set(re.findall(r"\$\{?(CNPC_\w+)", script))
    if read != {name for name, _ in passed}:
        raise AssertionError(read)


def parts(r):
    """The page without its part on what is found already, and that part."""
    text = (r.source / "docs/ci.md").read_text()
    start = text.index("## A repository that has findings already")
    end = text.index("\n## ", start)
    return text[:start] + text[end:], text[start:end]


def adopts(r):
    """With its baseline the repository is silent; mended, it needs none."""
    _, text = parts(r)
    script = re.search(r"```sh\n(.*?)```", text, re.S)[1]
    (r.folder / "a b/web.yaml").write_text(
        POLICY.replace("  ingress: [{}]\n", ""))
    git = ("git", "-c", "init.defaultBranch=main")
    subprocess.run([*git, "init", "-q"], cwd=r.folder, check=True)
    env = {"PATH": r.path_with_cnpc()}
    for command, status in ((script, 0), ("cnpc lint .", 1),
                            *zip(re.findall("`(cnpc lint --.*?)`", text),
                                 (1, 0), strict=True), ("cnpc lint .", 0)):
        run = subprocess.run(["sh", "-ec", command], cwd=r.folder, text=True,
                             env=env, capture_output=True, timeout=60,
                             check=False)
        if run.returncode != status:
            raise AssertionError(f"{command}: {run.returncode} {run.stdout}")


def page(r):
    """Each command of the page finds the mistake, by its configuration."""
    text, _ = parts(r)
    commands = sorted(set(COMMAND.findall(text)))
    if len(commands) < 6:
        raise AssertionError(commands)
    config = re.search(r"`\.cnpc\.yaml`.*?```yaml\n(.*?)```", text, re.S)[1]
    (r.folder / ".cnpc.yaml").write_text(config)
    git = ("git", "-c", "init.defaultBranch=main")
    subprocess.run([*git, "init", "-q"], cwd=r.folder, check=True)
    subprocess.run([*git, "add", "a b"], cwd=r.folder, check=True)
    for command in commands:
        words = command.replace("FILE...", "").split()
        if words[-1].startswith("--context"):
            words.append("a b/web.yaml")
        run = subprocess.run([r.cnpc, *words], cwd=r.folder, text=True,
                             capture_output=True, timeout=60, check=False)
        if "CNP102" not in run.stdout or run.returncode != 1:
            raise AssertionError(f"{command}: {run.returncode} {run.stderr}")


CASES = (annotates, unpacks, refuses, runs_nothing, passes_inputs, adopts,
         page)


def main():
    cnpc, source = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    failed = False
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        fault = None
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(Runner(cnpc, source.absolute(), folder))
            except (AssertionError, OSError, ValueError,
                    subprocess.SubprocessError) as e:
                fault = str(e)
        print(f"{'not ' if fault else ''}ok {number} - {case.__name__}")
        if fault:
            print("# " + fault.replace("\n", "\n# "))
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
