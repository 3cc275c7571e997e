#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks `compare`: a bundle against dumps of a node that is made up here.

usage: compare.py CNPC [BPFTOOL]

The node has what `show` prints, with its own numbers: identities, proxy ports
and endpoints are others, cookies and counters are set. Its maps come as bpftool
and as cilium-dbg print them; with BPFTOOL they are real maps as well, dumped by
it and read from their pins, which wants the rights for that. Prints TAP."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from check_json import Schemas  # noqa: E402
from tap import Tap  # noqa: E402

INPUT = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "8080", endPort: 8083, protocol: TCP}]}]
  - toPorts:
    - ports: [{port: "80", protocol: TCP}]
      rules: {http: [{path: /a}]}
  - fromCIDR: [192.0.2.0/24]
    toPorts: [{ports: [{port: "443", protocol: TCP}]}]
  egress:
  - toFQDNs: [{matchPattern: "*.example.com"}]
  - toPorts:
    - ports: [{port: "53", protocol: ANY}]
      rules: {dns: [{matchPattern: "*"}]}
  egressDeny:
  - toCIDR: [198.51.100.7/32]
"""
PODS = [("web-0", "web", "10.0.0.1"), ("db-0", "db", "10.0.0.2"),
        ("db-1", "db", "10.0.0.3")]
POD = """---
kind: Pod
apiVersion: v1
metadata: {name: NAME, namespace: shop, labels: {app: APP}}
spec: {nodeName: n1}
status: {podIP: ADDRESS}
"""
NODE = """---
kind: Node
apiVersion: v1
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 10.9.0.1}]}
"""
VALUE_SIZES = {"1.17": (24, 12), "1.18": (8, 24), "1.19": (12, 24),
               "1.20": (12, 24)}


def swap(port):
    return port >> 8 | (port & 255) << 8


def dump(entries):
    """What `bpftool map dump -j` prints of pairs of bytes."""
    return json.dumps([{n: [f"0x{b:02x}" for b in raw]
                        for n, raw in zip(("key", "value"), e)}
                       | {"formatted": {"key": {"port": 20480}}}
                       for e in entries])


class World:
    """What a bundle is made from, and a node that has the same."""

    def __init__(self, cnpc, tmp, version):
        self.cnpc, self.tmp, self.version = cnpc, tmp, version
        path = tmp / "input.yaml"
        path.write_text(INPUT + NODE + "".join(
            POD.replace("NAME", n).replace("APP", a).replace("ADDRESS", ip)
            for n, a, ip in PODS))
        self.args = ["--cilium", version, "--precedence", "cilium", path]
        self.bundle = tmp / "bundle"
        subprocess.run([cnpc, "compile", "-o", self.bundle, *self.args],
                       check=True, capture_output=True)
        self.identities = self.show("identities")
        self.ipcache = self.show("ipcache")
        self.pods = [p for p in self.show("endpoints") if p["namespace"]]
        self.redirects = []
        self.policies = {p["identity"]: p["entries"]
                         for p in self.show("policies")}
        self.number = {p["name"]: 40 + i for i, p in enumerate(self.pods)}
        self.counters = 0

    def show(self, what):
        run = subprocess.run([self.cnpc, "show", what, "--format", "json",
                              *self.args], check=True, capture_output=True)
        return json.loads(run.stdout)[what]

    def theirs(self, identity):
        """The node's number of an identity."""
        if identity < 100:
            return identity
        if identity < 1 << 24:
            return identity + 5000
        return (1 << 25) - 1 - (identity & 0xffffff)

    def entries(self, pod):
        identity = next(p["identity"] for p in self.pods if p["name"] == pod)
        return [dict(e) for e in self.policies[identity]]

    def proxy(self, e):
        """The node's port of a redirect; the bundle's begin at 10001."""
        if "redirect" not in e:
            return 0
        name = (e["redirect"], e["dir"])
        if name not in self.redirects:
            self.redirects.append(name)
        return 20000 - self.redirects.index(name) + e.get("offset", 0)

    def raw_policy(self, e):
        proto, bits = e.get("proto", 0), e.get("port_prefix_len", 0)
        length = 8 + bits if proto else 0
        key = struct.pack("<IIBB", 40 + length, self.theirs(e.get("identity", 0)),
                          e["dir"] == "egress", proto)
        key += struct.pack(">H", e.get("port", 0))
        self.counters += 1
        value = struct.pack(">HBB", self.proxy(e),
                            length << 3 | e.get("deny", False), 0)
        if self.version in ("1.19", "1.20"):
            value += struct.pack("<II", e["precedence"], self.counters)
        else:
            value += struct.pack("<BBH", e.get("proxy_priority", 0) & 255,
                                 0, 0)
        if self.version == "1.17":
            value += struct.pack("<QQ", self.counters, 77)
        return key, value

    def raw_prefix(self, e, cluster=0):
        address, bits = e["prefix"].split("/")
        if ":" in address:
            import ipaddress
            packed, family = ipaddress.ip_address(address).packed, 2
        else:
            packed, family = bytes(map(int, address.split("."))), 1
        key = struct.pack("<IHBB", 32 + int(bits), cluster, 0, family)
        value = struct.pack("<I", self.theirs(e["identity"]))
        size = VALUE_SIZES[self.version][1]
        value += bytes([10, 9, 9, 9]).ljust(size - 8, b"\0")
        return key + packed.ljust(16, b"\0"), value + b"\0\0\3\2"

    def raw_lxc(self, pod):
        key = bytes(map(int, pod["ips"][0].split("."))).ljust(16, b"\0")
        value = bytearray(48)
        struct.pack_into("<IHH", value, 0, 7, 0, self.number[pod["name"]])
        struct.pack_into("<I", value, 32, self.theirs(pod["identity"]))
        return key + b"\1\0\0\0", bytes(value)

    def endpoint_list(self):
        labels = {i["id"]: i["labels"] for i in self.identities}
        return json.dumps([{
            "id": self.number[p["name"]],
            "spec": {"label-configuration": {"user": []}},
            "status": {
                "external-identifiers": {
                    "k8s-namespace": "shop", "k8s-pod-name": p["name"],
                    "pod-name": "shop/" + p["name"]},
                "identity": {"id": self.theirs(p["identity"]),
                             "labels": labels[p["identity"]][::-1]},
                "networking": {"addressing": [{"ipv4": p["ips"][0]}]},
            }} for p in self.pods])

    def identity_list(self):
        return json.dumps([{"id": self.theirs(i["id"]),
                            "labels": i["labels"][::-1]}
                           for i in self.identities])

    def agent_entry(self, e):
        """An entry as `cilium-dbg bpf policy get -o json` prints it."""
        key, value = self.raw_policy(e)
        prefix, identity, egress, proto, port = struct.unpack("<IIBBH", key)
        proxy, flags, auth = struct.unpack_from("<HBB", value)
        out = {"ProxyPortNetwork": proxy, "Flags": flags,
               "AuthRequirement": auth}
        if self.version in ("1.19", "1.20"):
            out["Precedence"], out["Cookie"] = struct.unpack_from(
                "<II", value, 4)
        else:
            out["ProxyPortPriority"] = value[4]
        return out | {"Packets": 3, "Bytes": 180, "Key": {
            "Prefixlen": prefix, "Identity": identity,
            "TrafficDirection": egress, "Nexthdr": proto,
            "DestPortNetwork": port}}

    def file(self, name, text):
        path = self.tmp / name
        path.write_text(text)
        return path

    def map_file(self, pod, entries, name="cilium_policy_v3_"):
        return self.file(f"{name}{self.number[pod]:05}.json",
                         dump(map(self.raw_policy, entries)))

    def run(self, *dumps, more=()):
        args = [a for d in dumps for a in ("--dump", d)]
        run = subprocess.run([self.cnpc, "compare", self.bundle,
                              "--format", "json", *args, *more],
                             capture_output=True, text=True)
        out = json.loads(run.stdout) if run.stdout else None
        complaints = Schemas(ROOT / "schemas").complaints(out) if out else []
        assert not complaints, complaints
        return run.returncode, out, run.stderr


def differences(answer):
    return [(e["difference"], e["identity"], e["protocol"], e["port"])
            for m in answer["maps"] for e in m["entries"]]


def check_equal(t, w):
    """All forms of dumps of a node that has the same."""
    endpoints = w.file("endpoints.json", w.endpoint_list())
    ids = w.file("ids.json", w.identity_list())
    ipcache = w.file("ipcache.json", dump(map(w.raw_prefix, w.ipcache)))
    listed = w.file("listed.json", json.dumps({
        e["prefix"]: [f"identity={w.theirs(e['identity'])} encryptkey=0 "
                      "tunnelendpoint=0.0.0.0 flags=<none>"]
        for e in w.ipcache} | {"10.7.0.0/16@3": ["identity=7 x"]}))
    lxc = w.file("lxc.json", dump(map(w.raw_lxc, w.pods)))
    raw = [w.map_file(p, w.entries(p), name) for p, name in
           (("db-0", "cilium_policy_v2_"), ("db-1", "cilium_policy_v3_"),
            ("web-0", "ep-"))]
    agent = [w.file(f"{w.number[p]}.json", json.dumps(
        [w.agent_entry(e) for e in w.entries(p)], indent=2))
        for p in ("db-0", "db-1")]
    every = w.file("all.json", json.dumps([{
        "EndpointID": str(w.number[p]), "Path": "/x", "Content":
        [w.agent_entry(e) for e in w.entries(p)]} for p in ("db-0", "web-0")]))
    for name, maps, dumps in (
            ("bpftool", 3, [endpoints, ids, ipcache, *raw]),
            ("bpftool, identities by prefix", 3, [endpoints, ipcache, *raw]),
            ("bpftool alone", 3, [lxc, ipcache, *raw]),
            ("cilium-dbg", 2, [endpoints, ids, listed, *agent]),
            ("cilium-dbg --all", 2, [every, endpoints, listed])):
        status, out, err = w.run(*dumps)
        t.ok(f"{w.version}, {name}: all is equal",
             status == 0 and len(out["maps"]) == maps and
             all(m["equal"] and "problem" not in m for m in out["maps"]) and
             out["ipcache"]["equal"] == len(w.ipcache), status, out, err)
    t.ok(f"{w.version}: a prefix of another cluster is left out",
         w.run(every, endpoints, listed)[1]["other_clusters"] == 1)


def check_different(t, w):
    endpoints = w.file("endpoints.json", w.endpoint_list())
    ids = w.file("ids.json", w.identity_list())
    whole = w.entries("db-0")
    web = next(p["identity"] for p in w.pods if p["name"] == "web-0")
    port = next(i for i, e in enumerate(whole)
                if e.get("identity") == web and e.get("port") == 8080)
    for what, entries, found, status_of in (
            ("an entry is missing", whole[:port] + whole[port + 1:],
             [("missing", web, 6, 8080)], (133, 0)),
            ("an entry is too much", whole + [whole[port] | {
                "identity": 3, "proto": 17, "port": 5, "port_prefix_len": 16}],
             [("extra", 3, 17, 5)], (0, 133)),
            ("an entry denies", whole[:port] + [whole[port] | {
                "deny": True, "precedence": 0xffffffff}] + whole[port + 1:],
             [("different", web, 6, 8080)], (181, 0))):
        status, out, err = w.run(endpoints, ids, w.map_file("db-0", entries))
        seen = [(x["node"]["reason"], x["bundle"]["reason"])
                for x in out["maps"][0]["witnesses"]]
        t.ok(f"{w.version}: {what}", status == 1 and
             differences(out) == found and seen and
             all(s == status_of for s in seen), status, out, err)
    status, out, err = w.run(endpoints, ids, w.map_file("db-0", whole + [
        whole[port] | {"port": 8081, "port_prefix_len": 16}]))
    t.ok(f"{w.version}: an entry is too much and decides nothing",
         status == 1 and len(differences(out)) == 1 and
         out["maps"][0]["connections"] > 100 and
         out["maps"][0]["judged_differently"] == 0, status, out, err)
    status, out, err = w.run(endpoints, ids, w.map_file("db-0", []))
    t.ok(f"{w.version}: an empty map", status == 1 and
         len(differences(out)) == len(whole), status, out, err)
    proxied = [dict(e) for e in whole]
    last = [e for e in proxied if "redirect" in e][-1]
    last["offset"] = 1000
    status, out, err = w.run(endpoints, ids, w.map_file("db-1", whole),
                             w.map_file("db-0", proxied))
    t.ok(f"{w.version}: one of a proxy's entries names another port",
         status == 1 and len(differences(out)) == 1, status, out, err)


def check_ipcache(t, w):
    lxc = w.file("lxc.json", dump(map(w.raw_lxc, w.pods)))
    cidr = next(e for e in w.ipcache if e["prefix"] == "192.0.2.0/24")
    world = {"prefix": "0.0.0.0/0", "identity": 9}
    inner = {"prefix": "192.0.2.77/32", "identity": cidr["identity"]}
    for what, ipcache, found in (
            ("the world has a prefix", w.ipcache + [world],
             [("extra", "0.0.0.0/0", True)]),
            ("a prefix inside its own", w.ipcache + [inner],
             [("extra", "192.0.2.77/32", True)]),
            ("a prefix is missing", [e for e in w.ipcache if e != cidr],
             [("missing", "192.0.2.0/24", False)]),
            ("a pod has another identity", [
                e | {"identity": 6} if e["prefix"] == "10.0.0.2/32" else e
                for e in w.ipcache], [("different", "10.0.0.2/32", False)]),
            ("the node's own address", [
                e | {"identity": 1} if e["prefix"] == "10.9.0.1/32" else e
                for e in w.ipcache], [])):
        status, out, err = w.run(lxc, w.file("ipcache.json", dump(
            map(w.raw_prefix, ipcache))))
        seen = [(d["difference"], d["prefix"], d["bundle"] == d["node"])
                for d in out["ipcache"]["prefixes"]]
        t.ok(f"ipcache: {what}", status == (1 if found else 0) and
             seen == found, status, out, err)


def check_refused(t, w):
    endpoints = w.file("endpoints.json", w.endpoint_list())
    old = World(w.cnpc, w.tmp, "1.18")
    w = World(w.cnpc, w.tmp, "1.20")
    entries = w.entries("db-0")
    for what, name, text in (
            ("no JSON", "plain.json", "POLICY DIRECTION\n"),
            ("half of it", "policy_00041.json",
             dump(map(w.raw_policy, entries))[:-20]),
            ("another version's values", "policy_00041.json",
             dump(map(old.raw_policy, entries))),
            ("another version's entries", "policy_00041.json",
             json.dumps([old.agent_entry(e) for e in entries])),
            ("a map of nobody", "policy.json",
             dump(map(w.raw_policy, entries))),
            ("an impossible key", "policy_00041.json",
             dump([(bytes(12), bytes(12))])),
            ("no map at all", "list.json", w.endpoint_list()),
            ("a map that is not known", "other.json",
             dump([(bytes(7), bytes(12))])),
            ("an error", "policy_00041.json", '{"error": "bpf_obj_get"}')):
        status, out, err = w.run(w.file(name, text))
        t.ok(f"refused: {what}", status == 2 and
             out.get("failure", "") in err and not out["findings"], status,
             out, err)
    status, out, err = w.run(w.map_file("db-0", entries))
    t.ok("without a list of endpoints", status == 1 and
         "problem" in out["maps"][0], status, out, err)
    status, out, err = w.run(endpoints, w.file(
        "policy_00999.json", dump(map(w.raw_policy, entries))))
    t.ok("an endpoint that no list has", status == 1 and
         "problem" in out["maps"][0], status, out, err)


def check_live(t, w, bpftool):
    """The same maps in the kernel."""
    pins = w.tmp / "pins"
    pins.mkdir()
    subprocess.run(["mount", "-t", "bpf", "bpf", pins], check=True)

    def pin(name, entries, flags="1"):
        key, value = entries[0]
        subprocess.run([bpftool, "map", "create", pins / name, "type",
                        "hash" if "lxc" in name else "lpm_trie", "key",
                        str(len(key)), "value", str(len(value)), "entries",
                        "1000", "name", "m", "flags", flags], check=True)
        for key, value in entries:
            subprocess.run([bpftool, "map", "update", "pinned", pins / name,
                            "key", *map(str, key), "value",
                            *map(str, value)], check=True)

    pin("cilium_lxc", list(map(w.raw_lxc, w.pods)), "0")
    pin("cilium_ipcache_v2", list(map(w.raw_prefix, w.ipcache)))
    for pod in ("db-0", "web-0"):
        pin(f"cilium_policy_v3_{w.number[pod]:05}",
            list(map(w.raw_policy, w.entries(pod))))
    dumps = []
    for path in sorted(pins.glob("cilium_*")):
        run = subprocess.run([bpftool, "-j", "map", "dump", "pinned", path],
                             check=True, capture_output=True, text=True)
        dumps.append(w.file(path.name, run.stdout))
    for what, answer in (
            ("dumps of bpftool's", w.run(*dumps)),
            ("pinned maps", w.run(more=["--live", "--pins", pins]))):
        t.ok(f"{what} are equal", answer[0] == 0 and
             len(answer[1]["maps"]) == 2 and
             answer[1]["ipcache"]["equal"] == len(w.ipcache), *answer)
    subprocess.run(["umount", pins], check=True)


def main():
    cnpc = os.path.abspath(sys.argv[1])
    live = len(sys.argv) > 2
    if live and os.environ.get("CNPC_IN_NAMESPACE") != "1":
        os.environ["CNPC_IN_NAMESPACE"] = "1"
        if subprocess.run(["unshare", "-m", sys.argv[2], "map", "show"],
                          capture_output=True).returncode:
            print("1..0 # SKIP no rights to pin maps")
            return 0
        os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])
    t = Tap()
    with tempfile.TemporaryDirectory() as tmp:
        def world(version):
            path = pathlib.Path(tmp) / f"{t.n}-{version}"
            path.mkdir()
            return World(cnpc, path, version)

        if live:
            check_live(t, world("1.20"), sys.argv[2])
        else:
            for version in VALUE_SIZES:
                check_equal(t, world(version))
                check_different(t, world(version))
            check_ipcache(t, world("1.20"))
            check_refused(t, world("1.20"))
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
