#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks `compile --sign` and `verify --trusted` from the outside.

usage: sign.py CNPC

Which keys are taken, what a signed bundle has that another has not, and that
its signature outlives the result of `verify`. Prints TAP."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec: {endpointSelector: {}, ingress: [{}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
status: {podIP: 10.0.0.1}
"""

# Made with openssl for these tests.
SECRET = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIP7DLOhGBZW/RayTUeArBEtbX8xDu9KL9EBcyQ1rbuOK
-----END PRIVATE KEY-----
"""
PUBLIC = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAtf2BDtc9t8TYL1ENkQ9AX1LzON6KVJSH21Por3VbcVE=
-----END PUBLIC KEY-----
"""
OTHER = PUBLIC.replace("cVE=", "cVA=")


class Place:
    """A directory with keys, inputs and both kinds of bundle."""

    def __init__(self, cnpc, tmp):
        self.cnpc, self.dir = cnpc, pathlib.Path(tmp)
        self.put("policy.yaml", POLICY)
        self.put("key.pem", SECRET, 0o600)
        self.put("key.pub", PUBLIC)
        self.put("other.pub", OTHER)
        self.wrong = None

    def put(self, name, text, mode=0o644):
        path = self.dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def run(self, *args):
        return subprocess.run([self.cnpc, *args], cwd=self.dir, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=60)

    def want(self, status, text, *args):
        run = self.run(*args)
        if run.returncode != status or text not in run.stdout + run.stderr:
            self.wrong = self.wrong or (
                f"{' '.join(args)}: want {status} and {text!r}, got "
                f"{run.returncode} and {run.stdout}{run.stderr}")

    def compile(self, out, *args, status=0, text=""):
        self.want(status, text, "compile", "-o", out, *args, "policy.yaml")

    def check(self, right, what):
        if not right:
            self.wrong = self.wrong or what

    def content(self, name):
        top = self.dir / name
        return {str(p.relative_to(top)): p.read_bytes()
                for p in top.rglob("*") if p.is_file()}


def trusted_key(p):
    """A file, several, a folder, one with links as Kubernetes makes them."""
    p.compile("out", "--sign", "key.pem")
    p.want(0, "signed with the key of key.pub", "verify", "out", "--trusted",
           "key.pub")
    p.want(0, "", "verify", "out", "--trusted", "other.pub", "--trusted",
           "key.pub")
    p.put("keys/one.pub", OTHER)
    p.put("keys/two.pem", PUBLIC)
    p.put("keys/README", "not a key")
    p.want(0, "signed with the key of keys/two.pem", "verify", "out",
           "--trusted", "keys")
    (p.dir / "mounted").mkdir()
    (p.dir / "mounted" / "ci.pub").symlink_to("../key.pub")
    p.want(0, "", "verify", "out", "--trusted", "mounted")
    p.put("both.pub", OTHER + PUBLIC)
    p.want(0, "", "verify", "out", "--trusted", "both.pub")


def foreign_key(p):
    p.compile("out", "--sign", "key.pem")
    before = p.content("out")
    p.want(2, "CNP515", "verify", "out", "--trusted", "other.pub")
    p.check(p.content("out") == before, "a refused bundle was changed")


def no_signature(p):
    p.compile("out")
    p.want(2, "CNP514", "verify", "out", "--trusted", "key.pub")
    p.want(2, "CNP505", "verify", "nowhere", "--trusted", "key.pub")


def bad_trusted_keys(p):
    """No key, no bundle: what is asked for is never left out."""
    p.compile("out", "--sign", "key.pem")
    (p.dir / "empty").mkdir()
    p.put("mixed/a.pub", PUBLIC)
    p.put("mixed/b.pub", "nothing")
    for name, text in (("empty", "CNP513"), ("mixed", "CNP513"),
                       ("key.pem", "CNP513"), ("policy.yaml", "CNP513"),
                       ("nowhere", "CNP001")):
        p.want(2, text, "verify", "out", "--trusted", name)


def result_is_kept(p):
    """What `verify` writes into the manifest is not what was signed."""
    p.compile("out", "--sign", "key.pem")
    for _ in range(2):
        p.want(0, "", "verify", "out", "--trusted", "key.pub")
    manifest = json.loads((p.dir / "out" / "manifest.json").read_text())
    manifest["policies"][0]["entries"] += 1
    (p.dir / "out" / "manifest.json").write_text(json.dumps(manifest, indent=2)
                                                 + "\n")
    p.want(2, "CNP515", "verify", "out", "--trusted", "key.pub")


def same_bytes(p):
    """A bundle that is not signed is what it always was."""
    p.compile("signed", "--sign", "key.pem")
    p.compile("again", "--sign", "key.pem")
    p.compile("plain")
    signed, plain = p.content("signed"), p.content("plain")
    p.check(signed == p.content("again"), "two signed bundles differ")
    p.check(signed.pop("manifest.sig", b"").endswith(b"\n"), "no signature")
    manifest = json.loads(signed.pop("manifest.json"))
    plain_manifest = json.loads(plain.pop("manifest.json"))
    p.check(manifest.pop("digest") != plain_manifest.pop("digest"),
            "two manifests have one digest")
    for output in manifest["outputs"]:
        p.check(len(output.pop("sha256", "")) == 64, "no SHA-256")
    p.check(manifest == plain_manifest, "the manifests differ in more")
    p.check(signed == plain, "the files differ")


def replaced(p):
    """The one kind replaces the other, and nothing of it stays."""
    p.compile("out", "--sign", "key.pem")
    p.compile("out")
    p.check("manifest.sig" not in p.content("out"), "an old signature")
    p.compile("out", "--sign", "key.pem")
    p.want(0, "", "verify", "out", "--trusted", "key.pub")
    p.check(not list(p.dir.glob(".cnpc-*")), "something is left")


def private_keys(p):
    """Keys that are no secret, or no keys; nothing is written then."""
    p.put("open.pem", SECRET, 0o640)
    p.put("text.pem", "nothing", 0o600)
    for name, text in (("open.pem", "others than its owner"),
                       ("text.pem", "no PEM block PRIVATE KEY"),
                       ("key.pub", "CNP513"), ("nowhere", "CNP001")):
        if name == "key.pub":
            (p.dir / name).chmod(0o600)
        p.compile("out", "--sign", name, status=2, text=text)
        p.check(not (p.dir / "out").exists(), f"{name}: out was written")
        p.check(not list(p.dir.glob(".cnpc-*")), f"{name}: something is left")


CASES = (trusted_key, foreign_key, no_signature, bad_trusted_keys,
         result_is_kept, same_bytes, replaced, private_keys)


def main():
    cnpc = os.path.abspath(sys.argv[1])
    failed = 0
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory() as tmp:
            place = Place(cnpc, tmp)
            case(place)
        print(f"{'not ok' if place.wrong else 'ok'} {number} - "
              f"{case.__name__.replace('_', ' ')}")
        if place.wrong:
            failed += 1
            print("# " + place.wrong.replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
