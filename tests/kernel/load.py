#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads bundles at real devices, and is ended while it does.

usage: load.py CNPC [SHIM BPFTOOL [KILLS]]

Connections are made between namespaces; loads fail, and are killed at so many
system calls (40 unless told), spread over all that they make; without SHIM and
BPFTOOL only connections are. Prints TAP; skipped without the rights for it."""
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys

import lab
from lab import ROOT, ip

POLICY = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  endpointSelector: {matchLabels: {app: db}}
  ingress:
  - fromEndpoints: [{matchLabels: {app: web}}]
    toPorts: [{ports: [{port: "PORT", protocol: TCP}]}]
"""
POD = """---
kind: Pod
apiVersion: v1
metadata: {name: NAME, namespace: shop, labels: {app: APP}}
spec: {nodeName: n1}
status: {podIP: V4, podIPs: [{ip: V4}, {ip: "V6"}]}
"""
PODS = {"web": ("10.0.0.1", "fd00::1"), "db": ("10.0.0.2", "fd00::2"),
        "job": ("10.0.0.3", "fd00::3")}
WAIT = 10  # seconds for what is to come


class Test(lab.Test):
    def __init__(self, cnpc, tmp):
        super().__init__(cnpc, tmp)
        self.complaints = lambda document: []
        for name, addresses in PODS.items():
            self.lab.add(name, *addresses)
            self.ns[name] = "shop"
        self.bundles = {port: self.compile_for(port) for port in (8080, 9090)}

    def compile_for(self, port):
        source = self.tmp / f"{port}.yaml"
        source.write_text(POLICY.replace("PORT", str(port)) + "".join(
            POD.replace("NAME", n).replace("APP", n).replace("V4", v4)
            .replace("V6", v6) for n, (v4, v6) in PODS.items()))
        return self.compile(f"bundle-{port}", source)

    def command(self, name, port=None, pods=()):
        return super().command(name, self.bundles.get(port), pods)

    def nothing_left(self):
        """What is pinned or attached though nothing should be, or ''."""
        tc = subprocess.run(["tc", "-j", "qdisc", "show"], text=True,
                            capture_output=True, check=True)
        return " ".join([q["dev"] for q in json.loads(tc.stdout)
                         if q["kind"] == "clsact"] +
                        [str(p) for p in self.pins.rglob("*")] +
                        ([str(self.pins)] if self.pins.exists() else []))


def listen(t, pod, port, family=socket.AF_INET6):
    with t.lab.inside(pod):
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", port))
        s.listen()
    return s


def connect(t, pod, address, port):
    """A connection that is begun; it may never come to be."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with t.lab.inside(pod):
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setblocking(False)
        s.connect_ex((address, port))
    return s


def comes(s, wait=WAIT):
    return bool(select.select([s], [], [], wait)[0])


def check_enforced(t):
    """Both families; what a new generation no longer allows is cut."""
    servers = {port: listen(t, "db", port) for port in (8080, 9090)}
    code, out, err = t.run("load", 8080, PODS)
    t.ok("loaded", code == 0 and "generation 1 is in force" in out, out, err)
    for address in PODS["db"]:
        # The SYN that is dropped was sent first.
        bad = connect(t, "web", address, 9090)
        good = connect(t, "web", address, 8080)
        t.ok(f"{address}: what is allowed connects and nothing else",
             comes(servers[8080]) and not comes(servers[9090], 0))
        server = servers[8080].accept()[0]
        good.setblocking(True)
        good.sendall(b"question")
        server.sendall(b"answer")
        t.ok(f"{address}: both ends are heard",
             comes(server) and comes(good) and good.recv(9) == b"answer" and
             server.recv(9) == b"question")
        bad.close()
        code, out, err = t.run("load", 9090, PODS)
        good.sendall(b"more")
        new = connect(t, "web", address, 9090)
        t.ok(f"{address}: a reload lets through what it newly allows",
             code == 0 and comes(servers[9090]), out, err)
        t.ok(f"{address}: and cuts what it no longer allows",
             not comes(server, 0))
        code, out, err = t.run("status")
        t.ok("status: the drop is told", code == 0 and
             "dropped: policy denied (133)" in out and "in force" in out, out,
             err)
        servers[9090].accept()[0].close()
        for s in (new, good, server):
            s.close()
        t.run("load", 8080, PODS)
    ip("addr add 10.0.0.99/32 dev eth0", pod="web")
    with t.lab.inside("web"):
        forged = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        forged.bind(("10.0.0.99", 5000))
        forged.sendto(b"?", ("10.0.0.2", 8080))
        forged.close()
    out = t.run("status")[1]
    t.ok("a source that is not the pod's is dropped",
         "invalid source ip (132)" in out, out)
    for s in servers.values():
        s.close()
    code, out, err = t.run("unload")
    t.ok("unloaded", code == 0 and not t.nothing_left(), out, err,
         t.nothing_left())
    code, out, err = t.run("unload")
    t.ok("there is nothing to unload", code == 0, out, err)
    code, out, err = t.run("status")
    t.ok("status: nothing is loaded", code == 1 and
         out == "nothing is loaded\n", out, err)


def check_refused(t):
    web = t.lab.devices["web"]
    dev = f"{web}=shop/web"
    for what, words in (
            ("no such device", ["--dev", "lxc99=shop/web"]),
            ("no such pod", ["--dev", f"{web}=shop/none"]),
            ("a pod twice", ["--dev", dev, "--dev", "lxc1=shop/web"]),
            ("a device twice", ["--dev", dev, "--dev", f"{web}=shop/db"])):
        code, out, err = t.run("load", 8080, (), words)
        t.ok(f"refused: {what}", code == 2 and err and not t.nothing_left(),
             code, out, err, t.nothing_left())
    for what, words in (("no device", []), ("no pod", ["--dev", web]),
                        ("no name", ["--dev", f"{web}=shop/"])):
        code, out, err = t.run("load", 8080, (), words)
        t.ok(f"wrong usage: {what}", code == 3, code, out, err)
    place = t.tmp / "plain"
    code, out, err = t.run("load", 8080, ["web"], ["--pin", place])
    t.ok("refused: twice a place", code == 3, code, err)
    run = subprocess.run(
        [t.cnpc, "load", t.bundles[8080], "--pin", place, "--dev", dev],
        capture_output=True, text=True)
    t.ok("refused: no BPF file system", run.returncode == 2 and
         not place.exists(), run)
    code, out, err = t.run("load", 8080, PODS, ["--dry-run"])
    t.ok("a dry run leaves nothing", code == 0 and "would be" in out and
         not t.nothing_left(), out, err, t.nothing_left())


def check_monitor(t):
    """What is told of four connections, of which half are allowed."""
    t.run("load", 8080, PODS)
    bundle = t.bundles[8080]
    asked = {(a, p) for a in PODS["db"] for p in (8080, 9090)}
    monitor = subprocess.Popen(
        [*t.command("monitor", 8080), "--format=jsonl"],
        stdout=subprocess.PIPE, bufsize=0)
    text, told, sockets = b"", [], []

    def wanted():
        return [e for e in told if e["direction"] == "ingress" and
                e.get("protocol") == 6]

    # It is not known when it begins to listen.
    while len({(e["peer"]["address"], e["port"]) for e in wanted()}) < 4:
        sockets += [connect(t, "web", a, p) for a, p in asked]
        while comes(monitor.stdout, .1):
            more = monitor.stdout.read(65536)
            if not more:
                break
            *lines, text = (text + more).split(b"\n")
            told += map(json.loads, lines)
        if monitor.poll() is not None:
            break
    again = t.run("monitor", 8080, (), ["--count=1"])
    monitor.kill()
    monitor.communicate()
    for s in sockets:
        s.close()
    wrong = [e for e in wanted() if (
        e["verdict"] != ("allowed" if e["port"] == 8080 else "dropped") or
        ("rule" in e) != (e["port"] == 8080) or e["endpoint"] != "shop/db" or
        e["reason"] != (0 if e["port"] == 8080 else 133) or
        "k8s:app=web" not in e["peer"]["labels"])]
    rules = [e["rule"] for e in wanted() if "rule" in e]
    t.ok("monitor: both verdicts, and the rule", not wrong and
         {(r["name"], r["line"]) for r in rules} == {("db", 7)} and
         not any(t.complaints(e) for e in told), told, wrong)
    t.ok("monitor: one at a time", again[0] == 2 and "listens" in again[2],
         again)
    monitor = subprocess.Popen([*t.command("monitor", 8080), "--count=1"],
                               stdout=subprocess.PIPE, text=True)
    while not comes(monitor.stdout, .1):
        connect(t, "web", PODS["db"][0], 8080).close()
    out = monitor.communicate()[0]
    t.ok("monitor: text", monitor.returncode == 0 and "shop/" in out, out)
    before = (bundle / "manifest.json").read_text()
    subprocess.run([t.cnpc, "verify", bundle], check=True, capture_output=True)
    code, out, err = t.run("status", None, (), ["--rules", bundle])
    t.ok("status: the rule decided, also of a bundle that was verified since",
         code == 0 and (bundle / "manifest.json").read_text() != before and
         "0 of 1 rules never decided" in out, out, err)
    t.run("load", 8080, PODS)
    code, out, err = t.run("status", None, (), ["--rules", bundle,
                                                "--format=json"])
    status = json.loads(out)
    t.ok("status: in another generation not yet", code == 0 and
         not t.complaints(status) and status["generation"] == 2 and
         [r["decided"] for r in status["rules"]] == [0] and
         [r["entries"] for r in status["rules"]] == [1], out, err)
    other = t.run("status", None, (), ["--rules", t.bundles[9090]])
    t.ok("status: rules of another bundle are refused", other[0] == 2 and
         "another bundle" in other[2], other)
    t.run("unload")
    code, out, err = t.run("monitor", 8080)
    t.ok("monitor: nothing is loaded", code in (2, 4) and
         not t.nothing_left(), code, out, err, t.nothing_left())


def check_neighbours(t, bpftool):
    """Filters of others, and what a load that fails leaves."""
    job, web = t.lab.devices["job"], t.lab.devices["web"]
    other = t.lab.pins / "other"
    program = next((t.bundles[8080] / "programs").iterdir())
    subprocess.run([bpftool, "prog", "loadall", program, other], check=True)

    def tc(*words):
        subprocess.run(["tc", *words], check=True)

    def put(device, place, priority, protocol="all"):
        tc("filter", "add", "dev", device, place, "pref", priority, "protocol",
           protocol, "bpf", "da", "pinned", other / "to_endpoint")

    tc("qdisc", "add", "dev", job, "clsact")
    put(job, "ingress", "1")
    code, out, err = t.run("load", 8080, PODS)
    t.ok("refused: the place is taken", code == 2 and
         "somebody else" in err and not t.pins.exists(), code, out, err)
    tc("filter", "del", "dev", job, "ingress", "pref", "1")
    code, out, err = t.run("load", 8080, ["web", "db"])
    # A filter for one protocol takes the priority from all others.
    put(job, "ingress", "1", "arp")
    code, out, err = t.run("load", 9090, PODS)
    status = t.run("status")
    t.ok("a load that fails leaves the old generation in force", code == 4 and
         status[0] == 0 and status[1].startswith("generation 1 ") and
         "shop/job" not in status[1], code, err, *status)
    tc("filter", "del", "dev", job, "ingress", "pref", "1")
    code, out, err = t.run("load", 9090, PODS)
    put(web, "egress", "7")
    code, out, err = t.run("unload")
    left = subprocess.run(["tc", "filter", "show", "dev", web, "egress"],
                          capture_output=True, text=True).stdout
    t.ok("unload leaves the filters and the qdisc of others", code == 0 and
         "pref 7" in left and "pref 1 " not in left and
         t.nothing_left().split() == [web, job], code, err, left,
         t.nothing_left())
    for device in (web, job):
        tc("qdisc", "del", "dev", device, "clsact")


def check_together(t):
    """Loaders and an unloader at once."""
    running = [subprocess.Popen(t.command(*words), stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)
               for _ in range(4)
               for words in (("load", 8080, PODS), ("load", 9090, ["web"]),
                             ("unload",))]
    ends = [(p.communicate()[1], p.returncode) for p in running]
    code, out, err = t.run("load", 8080, PODS)
    status = t.run("status")
    t.ok("many at once, one after the other",
         all(e == ("", 0) for e in ends) and code == 0 and status[0] == 0,
         ends, err, *status)
    t.run("unload")
    t.ok("nothing is left of them", not t.nothing_left(), t.nothing_left())


def pinned_ids(t, bpftool):
    """(kind, number) of what is pinned."""
    lines = [f"{kind} show pinned {p}" for p in t.pins.rglob("*")
             if not p.is_dir()
             for kind in ["prog" if p.name.endswith("_endpoint") else "map"]]
    run = subprocess.run([bpftool, "-j", "batch", "file", "-"],
                         input="\n".join(lines), capture_output=True,
                         text=True)
    return {(line.split()[0], answer["output"]["id"])
            for line, answer in zip(lines, json.loads(run.stdout))
            if "id" in answer.get("output", {})}


def still_there(ids, bpftool):
    """Those that are after all the kernel may have to do has been done."""
    found = set()
    for kind in ("prog", "map"):
        run = subprocess.run([bpftool, "-j", kind, "show"], text=True,
                             capture_output=True, check=True)
        found |= {(kind, x["id"]) for x in json.loads(run.stdout)}
    return ids & found


def check_kills(t, supervisor, bpftool, kills):
    """(what, before it, ended, share): each is followed by a load or not."""
    ids = set()
    for what, before, argv, share in (
            ("the first load", [], ("load", 8080, PODS), .3),
            ("a load of other pods", [("load", 8080, ["web", "db"])],
             ("load", 9090, ["db", "job"]), .4),
            ("unload", [("load", 8080, PODS)], ("unload",), .3)):
        def begin():
            for words in before:
                t.run(*words)
            return t.command(*argv)
        calls = supervisor.signal_at(begin(), 0, signal.SIGKILL).calls
        t.run("unload")
        found, n = [], round(kills * share)
        for k in range(n):
            at = 1 + k * calls // n
            run = supervisor.signal_at(begin(), at, signal.SIGKILL)
            where = f"at {at} {run.hit}:"
            status = t.run("status")
            if status[0] not in (0, 1):
                found.append(f"{where} status {status}")
            ids |= pinned_ids(t, bpftool)
            if k % 2:
                again = t.run("load", 9090, ["web", "job"])
                status = t.run("status")
                if again[0] or status[0]:
                    found.append(f"{where} load {again}, {status}")
            again = t.run("unload")
            if again[0] or t.nothing_left():
                found.append(f"{where} unload {again}: {t.nothing_left()}")
        t.ok(f"{what} killed {n} times at {calls} calls: the next run mends it",
             not found, *found)
    for _ in range(100):
        left = still_there(ids, bpftool)
        if not left:
            break
    t.ok(f"none of {len(ids)} maps and programs is left", ids and not left,
         left)


def check_failures(t, supervisor, failures):
    """Each call of a reload fails, or a part of them."""
    t.run("load", 8080, ["web", "db"])
    argv = t.command("load", 9090, ["db", "job"])
    names = "bpf mkdir mkdirat sendto sendmsg recvmsg flock socket".split()
    calls = supervisor.fail_call(argv, 0, names).calls
    found = []
    for at in range(1, calls + 1, 1 + calls // failures):
        t.run("load", 8080, ["web", "db"])
        before = t.run("status")[1].split("\n")[0]
        run = supervisor.fail_call(argv, at, names)
        status = t.run("status")
        same = status[1].split("\n")[0] == before
        if run.status == 0 and status[0] == 0 and not same:
            continue
        # What is done may be told to have failed when the old is removed.
        if run.status != 4 or not run.err or status[0] != 0 and same:
            found.append(f"at {at} {run.hit}: {run.status} {run.err} {status}")
    t.ok(f"a load whose calls fail, of {calls}: the old one or the new one",
         not found, *found)
    t.run("unload")
    t.ok("and nothing is left", not t.nothing_left(), t.nothing_left())


def checks(shim, bpftool, kills):
    """What needs more than a virtual machine has."""
    sys.path.insert(0, str(ROOT / "tests/faults"))
    from supervise import Supervisor

    def kill(t):
        supervisor = Supervisor(shim, str(t.tmp))
        check_kills(t, supervisor, bpftool, kills)
        check_failures(t, supervisor, kills // 2)
    return lambda t: check_neighbours(t, bpftool), kill


def use_schemas(t):
    from check_json import Schemas
    t.complaints = Schemas(ROOT / "schemas").complaints


def main():
    cnpc, *others = map(os.path.abspath, sys.argv[1:4])
    kills = int(sys.argv[4]) if len(sys.argv) > 4 else 40
    before = [use_schemas] if others else []
    after = checks(*others, kills) if others else ()
    return lab.run(lambda tmp: Test(cnpc, tmp), (
        *before, check_enforced, check_refused, check_monitor, check_together,
        *after))


if __name__ == "__main__":
    sys.exit(main())
