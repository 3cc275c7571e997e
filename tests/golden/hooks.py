#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the hooks of .pre-commit-hooks.yaml with pre-commit itself.

usage: hooks.py CNPC HOOKS

Each case is a repository with one of the hooks, a commit that is tried, and what
the hook says of it. Prints TAP; exit status 77 without pre-commit."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

GROUP = """apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata: {name: office}
spec: {externalCIDRs: [192.0.2.0/24]}
"""
POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: NAME, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
  - fromCIDRSet: [{cidrGroupRef: GROUP}]
"""
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org",
       "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")
FILES = 600


class Place:
    """A folder with cnpc in PATH, and with nothing of this machine's."""

    def __init__(self, cnpc, hooks, folder):
        self.folder = pathlib.Path(folder)
        self.repo = self.folder / "repo"
        (self.folder / "bin").mkdir()
        (self.folder / "bin/cnpc").symlink_to(cnpc)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith("GIT")}
        self.env.update(
            HOME=folder, PRE_COMMIT_HOME=str(self.folder / "cache"),
            PATH=f"{self.folder}/bin:{os.environ['PATH']}",
            GIT_CONFIG_NOSYSTEM="1", PRE_COMMIT_COLOR="never")
        source = self.folder / "source"
        source.mkdir()
        self.rev = self.commit_all(source, {
            ".pre-commit-hooks.yaml": pathlib.Path(hooks).read_text()})

    def run(self, folder, *words):
        return subprocess.run(words, cwd=folder, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, timeout=300,
                              check=False)

    def git(self, *words, folder=None):
        done = self.run(folder or self.repo, *GIT, *words)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.stdout}")
        return done.stdout.strip()

    def commit_all(self, folder, files):
        self.git("init", "-q", ".", folder=folder)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A", folder=folder)
        self.git("commit", "-q", "-n", "-m", "all", folder=folder)
        return self.git("rev-parse", "HEAD", folder=folder)

    def start(self, hook, files):
        """A repository with the hook and with FILES in its first commit."""
        self.repo.mkdir()
        self.commit_all(self.repo, {
            ".pre-commit-config.yaml":
                f"repos:\n- repo: {self.folder}/source\n  rev: {self.rev}\n"
                f"  hooks: [{{id: {hook}}}]\n", **files})
        done = self.run(self.repo, "pre-commit", "install")
        if done.returncode != 0:
            raise AssertionError(done.stdout)

    def put(self, name, group):
        path = self.repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(POLICY.replace("NAME", path.stem)
                        .replace("GROUP", group))

    def commit(self, said=()):
        """Tries to commit, and says of which files a finding was told."""
        done = self.run(self.repo, *GIT, "commit", "-m", "try")
        found = sorted({line.split(":")[0].removeprefix("./")
                        for line in done.stdout.splitlines()
                        if "[CNP" in line})
        if found != sorted(said) or (done.returncode == 0) != (not said):
            raise AssertionError(f"{done.returncode}, {done.stdout}")


BASE = {"groups.yaml": GROUP, "values.yaml": "replicas: 3\n",
        "shop/web.yaml": POLICY.replace("NAME", "web")
        .replace("GROUP", "office")}


def named(p):
    """Only the files of the change are told about, judged on the whole."""
    p.start("cnpc-lint", {**BASE, "old.yaml": POLICY.replace("NAME", "old")
                          .replace("GROUP", "older")})
    p.put("shop/db.yaml", "office")
    (p.repo / "values.yaml").write_text("replicas: 4\n")
    p.git("add", "-A")
    p.commit()
    p.put("shop/db.yaml", "branch")
    p.git("add", "-A")
    p.commit(["shop/db.yaml"])


def named_all(p):
    """Six hundred files."""
    p.start("cnpc-lint", BASE)
    for i in range(FILES):
        p.put(f"many/p{i}.yaml", "office" if i != 7 else "branch")
    p.git("add", "-A")
    p.commit(["many/p7.yaml"])
    p.put("many/p7.yaml", "office")
    p.git("add", "-A")
    p.commit()


def staged_bad(p):
    """What is staged has a mistake, the work tree none."""
    p.start("cnpc-lint-staged", BASE)
    p.put("shop/web.yaml", "branch")
    p.git("add", "-A")
    p.put("shop/web.yaml", "office")
    p.commit(["shop/web.yaml"])


def staged_good(p):
    """The work tree has a mistake, what is staged none."""
    p.start("cnpc-lint-staged", BASE)
    p.put("shop/db.yaml", "office")
    p.git("add", "-A")
    p.put("shop/db.yaml", "branch")
    p.commit()


def staged_deletion(p):
    """A deletion alone, which another file misses."""
    p.start("cnpc-lint-staged", BASE)
    p.git("rm", "-q", "groups.yaml")
    p.commit(["shop/web.yaml"])


def staged_rename(p):
    """A file that has another name is there all the same."""
    p.start("cnpc-lint-staged", BASE)
    p.git("mv", "groups.yaml", "office.yaml")
    p.commit()
    p.git("mv", "office.yaml", "office.txt")
    p.commit(["shop/web.yaml"])


def staged_other(p):
    """A commit without manifests, in a repository that has findings."""
    p.start("cnpc-lint-staged", {
        **BASE, "old.yaml": POLICY.replace("GROUP", "older")})
    (p.repo / "README").write_text("nothing of ours\n")
    p.git("add", "-A")
    p.commit()


CASES = (named, named_all, staged_bad, staged_good, staged_deletion,
         staged_rename, staged_other)


def main():
    if not shutil.which("pre-commit"):
        print("1..0 # SKIP no pre-commit")
        return 77
    cnpc, hooks = map(os.path.abspath, sys.argv[1:3])
    failed = False
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        fault = None
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(Place(cnpc, hooks, os.path.realpath(folder)))
            except (AssertionError, subprocess.TimeoutExpired) as e:
                fault = str(e)
        print(f"{'not ' if fault else ''}ok {number} - {case.__name__}")
        if fault:
            print("# " + fault.replace("\n", "\n# "))
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
