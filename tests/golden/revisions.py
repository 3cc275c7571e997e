#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that `cnpc diff` compares git revisions.

usage: revisions.py CNPC

Each case makes a repository. What two revisions differ in is what two folders
differ in that hold the same. Prints TAP."""
import json

from gitrepo import GIT, Repository, equal, run_cases

PODS = """apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {nodeName: a}
status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: data, labels: {app: db}}
spec: {nodeName: a}
status: {podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}
"""
POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: NS}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web, io.kubernetes.pod.namespace: shop}}]
    toPorts: [{ports: [{port: "PORT", protocol: TCP}]}]
"""
BUILT = "kind: Kustomization\nnamespace: data\nresources: [../base]\n"


def policy(port):
    return POLICY.replace("PORT", str(port)).replace("NS", "data")


class Revisions(Repository):
    """The policy of main lets 5432 in, that of side 5433, the tree's 5434."""

    def start(self):
        super().start()
        self.put("pods.yaml", PODS)
        self.put("policies/db.yaml", policy(5432))
        self.commit()
        self.git("branch", "-M", "main")
        self.git("checkout", "-q", "-b", "side")
        self.put("policies/db.yaml", policy(5433))
        self.commit()
        self.put("policies/db.yaml", policy(5434))

    def diff(self, *words, cwd=".", status=1):
        """Kinds and ports, and what was compared."""
        run = self.run(self.cnpc, "diff", "--format=json", *words, cwd=cwd,
                       status=status)
        doc = json.loads(run.stdout)
        return sorted((c["kind"], p["first"]) for c in doc["changes"]
                      for p in c["ports"]), (doc["before"], doc["after"])

    def refused(self, *words, cwd=".", status=2):
        """The names of the diagnostics, and what notes say of them."""
        run = self.run(self.cnpc, "diff", "--format=json", *words, cwd=cwd,
                       status=status)
        doc = json.loads(run.stdout)["findings"]
        return [f["name"] for f in doc], \
            [n["text"] for f in doc for n in f.get("notes", [])]


def changed(old, new):
    return [("closed", old), ("opened", new)]


def two(r):
    """Two commits, whatever the work tree holds."""
    equal(r.diff("main..side"), (changed(5432, 5433), ("main", "side")))
    equal(r.diff("side..main"), (changed(5433, 5432), ("side", "main")))
    equal(r.diff("main..")[0], changed(5432, 5433))
    equal(r.diff("..main")[0], changed(5433, 5432))
    equal(r.diff("main..main", status=0)[0], [])


def work_tree(r):
    """A commit and the work tree."""
    equal(r.diff("main"), (changed(5432, 5434), ("main", "the work tree")))
    equal(r.diff("HEAD~1")[0], changed(5432, 5434))
    r.git("checkout", "-q", "--", ".")
    equal(r.diff("HEAD", status=0)[0], [])


def branched(r):
    """What main became after side left it is no change of side."""
    r.git("stash", "-q")
    r.git("checkout", "-q", "main")
    r.put("policies/more.yaml", policy(7000).replace("name: db", "name: more"))
    r.commit()
    equal(r.diff("main...side"),
          (changed(5432, 5433), ("where side leaves main", "side")))
    equal(r.diff("main..side")[0],
          [("closed", 5432), ("closed", 7000), ("opened", 5433)])


def paths(r):
    """Only what is below PATH, and --cluster as the file system has it."""
    pods = ("--cluster", "pods.yaml")
    equal(r.diff(*pods, "main..side", "--", "policies")[0],
          changed(5432, 5433))
    equal(r.diff(*pods, "main..side", "--", "policies/db.yaml")[0],
          changed(5432, 5433))
    equal(r.diff("main..side", "--", "pods.yaml", status=0)[0], [])
    equal(r.diff("main..side", "--", "..", cwd="policies")[0],
          changed(5432, 5433))
    equal(r.diff("main..side", "--", str(r.place))[0], changed(5432, 5433))


def new_path(r):
    """What only one side has is not there on the other one."""
    r.put("new/web.yaml", policy(9).replace("name: db", "name: more"))
    r.commit()
    pods = ("--cluster", "pods.yaml")
    equal({kind for kind, _ in r.diff(*pods, "main..", "--", "new")[0]},
          {"closed"})
    equal({kind for kind, _ in r.diff(*pods, "..main", "--", "new")[0]},
          {"opened"})
    run = r.run(r.cnpc, "diff", "main..", "--", "none", status=2)
    equal("cannot read none" in run.stderr, True)


def built(r):
    """Folders are built of the files of their revision."""
    r.git("checkout", "-q", "-f", "main")
    r.put("base/kustomization.yaml", "kind: Kustomization\n"
          "resources: [db.yaml]\n")
    r.put("base/db.yaml", POLICY.replace("PORT", "1000"))
    r.put("app/kustomization.yaml", BUILT)
    r.commit()
    r.put("base/db.yaml", POLICY.replace("PORT", "1001"))
    r.commit()
    r.put("base/db.yaml", POLICY.replace("PORT", "1002"))
    equal(r.diff("--cluster", "pods.yaml", "HEAD~1..HEAD", "--", "app")[0],
          changed(1000, 1001))


def names(r):
    """A file of a branch's name is a file, unless `--` comes after."""
    r.put("main", "")
    run = r.run(r.cnpc, "diff", "main", status=3)
    equal("needs OLD and NEW" in run.stderr, True)
    equal(r.diff("main", "--")[0], changed(5432, 5434))
    r.git("branch", "feature/x", "main")
    equal(r.diff("feature/x..side")[0], changed(5432, 5433))
    r.git("tag", "v1.0", "main")
    equal(r.diff("v1.0")[0], changed(5432, 5434))


def configuration(r):
    """The work tree's configuration holds for both."""
    r.put(".cnpc.yaml", "exclude: [policies/db.yaml]\n")
    equal(r.diff("main..side", status=0)[0], [])
    equal(r.diff("--no-config", "main..side")[0], changed(5432, 5433))


def missing(r):
    """Names that git does not have."""
    equal(r.refused("none..side"), (["no-commit"], []))
    equal(r.refused("main..none"), (["no-commit"], []))
    equal(r.refused("HEAD:policies"), (["no-commit"], []))
    r.run(r.cnpc, "diff", "--", "-x..y", "a", status=2)
    run = r.run(r.cnpc, "diff", "main..-x", status=3)
    equal("begins with a dash" in run.stderr, True)
    r.git("checkout", "-q", "-f", "--orphan", "other")
    r.commit()
    equal(r.refused("main...other"), (["no-common-commit"], []))


def shallow(r):
    """A shallow clone says why a commit is not there."""
    r.run(*GIT, "clone", "-q", "--depth=1", "file://" + str(r.place),
          "clone", status=0)
    found, notes = r.refused("HEAD~1", cwd="clone")
    equal((found, ["fetch-depth" in n for n in notes]), (["no-commit"], [True]))


def outside(r):
    """Git has nothing of what is outside."""
    for path in ("/", "..", str(r.place.parent)):
        run = r.run(r.cnpc, "diff", "main..side", "--", path, status=2)
        equal(run.stderr.count("[CNP038]"), 1)
        equal("is not in the repository" in run.stderr, True)
    bare = r.place / "bare"
    bare.mkdir()
    r.env["GIT_CEILING_DIRECTORIES"] = str(r.place)
    equal(r.refused("main..side", cwd="bare"), (["git-failed"], []))


def no_checkout(r):
    """Nothing in the repository changes, and nothing of it is run."""
    trap = r.place / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {r.place}/sprung\ncat\n")
    trap.chmod(0o755)
    r.put(".gitattributes", "*.yaml filter=trap diff=trap\n")
    r.git("add", ".gitattributes")
    for key in ("core.fsmonitor", "core.pager", "diff.external",
                "diff.trap.textconv", "filter.trap.smudge", "core.sshCommand"):
        r.run(*GIT, "config", key, str(trap), status=0)
    before = sorted((str(p), p.stat().st_mtime_ns)
                    for p in r.place.rglob("*"))
    equal(r.diff("main..side")[0], changed(5432, 5433))
    equal(sorted((str(p), p.stat().st_mtime_ns)
                 for p in r.place.rglob("*")), before)


def no_git(r):
    """Git is not installed."""
    r.env["PATH"] = str(r.place)
    run = r.run(r.cnpc, "diff", "main..side", status=4)
    equal(run.stderr, "cnpc diff: cannot run git: No such file or directory\n")


CASES = (two, work_tree, branched, paths, new_path, built, names, configuration,
         missing, shallow, outside, no_checkout, no_git)

if __name__ == "__main__":
    run_cases(CASES, Revisions)
