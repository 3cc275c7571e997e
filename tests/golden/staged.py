#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that `cnpc lint --staged` reads what a commit would have.

usage: staged.py CNPC

Each case makes a repository, whose work tree is mostly another than its index,
and says what is found in which files. What is found in the index is what
`cnpc lint` finds in a work tree that is like it. Prints TAP."""
import json
import os

from gitrepo import GIT, Repository, equal, run_cases

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
  - fromCIDRSet: [{cidrGroupRef: office}]
"""
FILES = 600


class Staged(Repository):
    """Two policies and what they refer to."""

    def start(self):
        super().start()
        self.put("groups.yaml", GROUP)
        for name in ("web", "db"):
            self.put(f"shop/{name}.yaml", POLICY.replace("NAME", name))
        self.commit()

    def lint(self, *words, cwd=".", status=None):
        run = self.run(self.cnpc, "lint", "--format=json", *words, cwd=cwd,
                       status=status)
        return json.loads(run.stdout)["findings"]

    def found(self, *words, cwd="."):
        """The findings, as file and name."""
        return sorted((os.path.normpath(f.get("file", "-")), f["name"])
                      for f in self.lint(*words, cwd=cwd))


def misspell(r, name):
    r.put(name, (r.place / name).read_text().replace("endpointS", "endpointsS"))


def unchanged(r):
    """Nothing is staged, whatever the work tree holds."""
    misspell(r, "shop/web.yaml")
    r.put("shop/new.yaml", "kind: [")
    equal(r.found("--staged"), [])
    equal(r.found("--staged", "."), [])


def work_tree_mended(r):
    """What is staged has a mistake that the work tree has no more."""
    misspell(r, "shop/web.yaml")
    r.git("add", "-A")
    r.put("shop/web.yaml", POLICY.replace("NAME", "web"))
    equal(r.found("."), [])
    found = r.found("--staged")
    equal({f for f, _ in found}, {"shop/web.yaml"})
    equal(r.found("--staged", "."), found)
    equal(r.found("--staged", "shop/db.yaml", "--context=."), [])


def deletion(r):
    """What is deleted may be missed in any file."""
    r.git("rm", "-q", "--cached", "groups.yaml")
    equal(r.found("."), [])
    wanted = [("shop/db.yaml", "no-cidr-group"),
              ("shop/web.yaml", "no-cidr-group")]
    equal(r.found("--staged"), wanted)
    equal(r.found("--staged", "."), wanted)


def deleted_in_work_tree(r):
    """A file that is deleted, and not yet in the index, is still there."""
    (r.place / "groups.yaml").unlink()
    equal(r.found("--staged", "."), [])


def rename(r):
    """A name that a kustomization has, and no file any more."""
    r.put("shop/kustomization.yaml",
          "kind: Kustomization\nresources: [web.yaml, db.yaml]\n")
    r.commit()
    r.git("mv", "shop/web.yaml", "shop/front.yaml")
    found = r.found("--staged")
    if ("shop/kustomization.yaml", "not-in-tree") not in found:
        raise AssertionError(found)
    equal(r.found("."), found)


def kustomization(r):
    """What a kustomization names outside of the input is of the index, too."""
    r.put("app/kustomization.yaml",
          "kind: Kustomization\nresources: [../shop/web.yaml]\n")
    r.commit()
    misspell(r, "shop/web.yaml")
    equal(r.found("--staged", "app"),
          [("shop/web.yaml", "no-cidr-group")])


def links(r):
    """A link leads to what the index holds at its end."""
    os.symlink("../groups.yaml", r.place / "shop/groups.yaml")
    os.symlink("none.yaml", r.place / "shop/broken.yaml")
    os.symlink("shop", r.place / "more")
    r.git("add", "-A")
    misspell(r, "groups.yaml")
    wanted = r.found("--staged", "shop")
    equal(r.found("shop"), wanted)
    equal(wanted, [("-", "dangling-link")])


def subfolder(r):
    """Names are seen from the working directory."""
    misspell(r, "shop/web.yaml")
    r.git("add", "-A")
    equal({f for f, _ in r.found("--staged", cwd="shop")}, {"web.yaml"})
    equal({f for f, _ in r.found("--staged", "--context=..", cwd="shop")},
          {"../shop/web.yaml"})
    equal({f for f, _ in r.found("--staged", str(r.place / "shop/web.yaml"))},
          {str(r.place / "shop/web.yaml")})


def another_index(r):
    """`git commit FILE` has an index of its own, which hooks are told of."""
    misspell(r, "shop/web.yaml")
    r.env["GIT_INDEX_FILE"] = str(r.place / "another")
    r.git("read-tree", "HEAD")
    r.git("add", "shop/web.yaml")
    equal({f for f, _ in r.found("--staged")}, {"shop/web.yaml"})
    del r.env["GIT_INDEX_FILE"]
    equal(r.found("--staged"), [])


def first_commit(r):
    """Before there is a commit all that is staged is new."""
    r.git("checkout", "-q", "--orphan", "other")
    misspell(r, "shop/web.yaml")
    r.git("add", "-A")
    equal({f for f, _ in r.found("--staged")}, {"shop/web.yaml"})


def odd_names(r):
    """Names with spaces, quotes, newlines and letters of other scripts."""
    names = ["a b.yaml", 'q"t.yaml', "new\nline.yaml", "\u00e4.yaml", "-x.yaml"]
    for n in names:
        r.put(n, POLICY.replace("NAME", "x" + str(names.index(n)))
              .replace("office", "branch"))
    r.git("add", "-A")
    equal(r.found("--staged"),
          sorted((n, "no-cidr-group") for n in names))


def conflict(r):
    """A file that is not merged has no one version."""
    r.git("checkout", "-q", "-b", "side")
    r.put("shop/web.yaml", POLICY.replace("NAME", "web1"))
    r.commit()
    r.git("checkout", "-q", "main")
    r.put("shop/web.yaml", POLICY.replace("NAME", "web2"))
    r.commit()
    r.run(*GIT, "merge", "-q", "side", status=1)
    equal([f["name"] for f in r.lint("--staged", status=2)], ["unmerged"])


def many(r):
    """Six hundred files, as they are in the work tree."""
    for i in range(FILES):
        r.put(f"many/{i}.yaml", POLICY.replace("NAME", f"p{i}").replace(
            "office", "office" if i % 100 else "branch"))
    r.git("add", "-A")
    staged = r.lint("--staged", ".")
    equal(staged, r.lint("."))
    equal(all(f["fingerprint"] for f in staged), True)
    equal(len(r.found("--staged")), FILES // 100)


def fingerprints(r):
    """A finding is the same one, however it is asked for, and where it moves."""
    def of(*words, cwd="."):
        done = r.run(r.cnpc, "lint", "--format=sarif", *words, cwd=cwd,
                     status=1)
        return sorted(
            (x["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
             *x["partialFingerprints"].values())
            for x in json.loads(done.stdout)["runs"][0]["results"])

    misspell(r, "shop/web.yaml")
    r.git("add", "-A")
    wanted, top, web = of("."), str(r.place), "shop/web.yaml"
    equal({uri for uri, _ in wanted}, {web})
    for words in ([top], [web, "--context=."], [f"{top}/{web}", "--context=."],
                  ["--staged"], ["--staged", "."], ["--staged", top],
                  ["--staged", web, f"--context={top}"]):
        equal(of(*words), wanted)
    equal(of("web.yaml", "--context=..", cwd="shop"), wanted)
    equal(of("--staged", "--context=..", cwd="shop"), wanted)
    r.put(web, "# A line more\n" + (r.place / web).read_text())
    equal(of("."), wanted)


def configuration(r):
    """The configuration holds without an INPUT, too, here and further down."""
    r.put(".cnpc.yaml", "exclude: [shop/web.yaml]\n"
          "rules: {no-cidr-group: ignore}\n")
    misspell(r, "shop/web.yaml")
    r.put("shop/db.yaml", POLICY.replace("NAME", "db").replace("office", "x"))
    r.git("add", "-A")
    equal(r.found("--staged"), [])
    equal(r.found("--staged", cwd="shop"), [])
    equal({f for f, _ in r.found("--staged", "--no-config")},
          {"shop/db.yaml", "shop/web.yaml"})


def hostile(r):
    """Settings, attributes and hooks of a repository run nothing."""
    trap = r.place / "trap"
    trap.write_text(f"#!/bin/sh\necho \"$0 $*\" >> {r.place}/sprung\ncat\n")
    trap.chmod(0o755)
    for hook in ("post-index-change", "query-watchman"):
        r.put(f".git/hooks/{hook}", trap.read_text())
        (r.place / ".git/hooks" / hook).chmod(0o755)
    r.put(".gitattributes", "*.yaml filter=trap diff=trap\n")
    r.git("add", ".gitattributes")
    misspell(r, "shop/web.yaml")
    r.git("add", "shop/web.yaml")
    for key in ("core.fsmonitor", "core.pager", "diff.external",
                "diff.trap.command", "diff.trap.textconv",
                "filter.trap.smudge", "filter.trap.clean", "alias.ls-files",
                "alias.diff", "core.sshCommand"):
        r.run(*GIT, "config", key, str(trap), status=0)
    (r.place / "sprung").unlink(missing_ok=True)
    os.utime(r.place / "shop/web.yaml", (1, 1))
    equal({f for f, _ in r.found("--staged")}, {"shop/web.yaml"})
    equal((r.place / "sprung").exists(), False)
    # The trap works.
    r.run(*GIT, "status", status=0)
    equal((r.place / "sprung").exists(), True)


def no_repository(r):
    """Git says why, and nothing is concluded."""
    for path in sorted((r.place / ".git").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (r.place / ".git").rmdir()
    equal([f["name"] for f in r.lint("--staged", status=2)], ["git-failed"])


def no_git(r):
    """Git is not installed."""
    r.env["PATH"] = str(r.place)
    run = r.run(r.cnpc, "lint", "--staged", status=4)
    equal(run.stderr, "cnpc lint: cannot run git: No such file or directory\n")


CASES = (unchanged, work_tree_mended, deletion, deleted_in_work_tree, rename,
         kustomization, links, subfolder, another_index, first_commit,
         odd_names, conflict, many, fingerprints, configuration, hostile,
         no_repository, no_git)


if __name__ == "__main__":
    run_cases(CASES, Staged)
