#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real connections under the demo's policies, each beside what `trace` says.

usage: traffic.py CNPC [RELOADS]

Namespaces are the pods of examples/shop, with addresses of both families, and
an outside host; testdata/lab has policies for what the demo has not. The bundle
is loaded, and reloaded so many times (20 unless told) under load. Prints TAP;
skipped without the rights for it."""
import concurrent.futures
import errno
import json
import os
import pathlib
import random
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time

import lab
from lab import ROOT, ip

PODS = ("frontend-7d9c5b6f4-x2k8p", "frontend-7d9c5b6f4-m4qzt",
        "backend-5f6b8c9d7-4tq2n", "cart-6c4d7f8b5-h8w6r",
        "cart-6c4d7f8b5-tn5lq", "database-0", "database-1", "prometheus-0",
        "toolbox-58c6d9f7b-q7m2d", "coredns-789789675-c5vxg")
OUTSIDE = {4: "203.0.113.7", 6: "2001:db8:1::7"}
# What each application is asked for; the rest of the queries is drawn.
OWN = {"frontend": [("tcp", 8080), ("tcp", 8443)], "backend": [("tcp", 8080)],
       "cart": [("tcp", 7070), ("icmp", 0), ("udp", 6003), ("udp", 6004)],
       "database": [("tcp", 5432), ("tcp", 9187)],
       "prometheus": [("tcp", 9102)], "toolbox": [("tcp", 9102)],
       "coredns": [("udp", 53), ("tcp", 53)], "outside": [("tcp", 443)]}
TCP = (53, 443, 5432, 7070, 8080, 8443, 9102, 9187)
UDP = (53, 6003, 6004)
PROXY_PORT = 10001
WAIT = 20  # seconds for what is to come
BIG = 4000  # bytes of a datagram that comes in parts
SEED = 17
NO_IP = "unsupported L3 protocol (139)"
# EtherType, and what comes before the IP header.
CARRIERS = {"MPLS": (b"\x88\x47", b"\0\1\1\x40"),
            "MPLS multicast": (b"\x88\x48", b"\0\1\1\x40"),
            "PPPoE": (b"\x88\x64", b"\x11\0\0\1\0\x1e\0\x21"),
            "0x9100": (b"\x91\0", b"\0\1\x08\0"),
            "bridged Ethernet": (b"\x65\x58", b"\2" * 12 + b"\x08\0"),
            "LLC": (b"\0\x24", b"\xaa\xaa\3\0\0\0\x08\0")}


class Test(lab.Test):
    def __init__(self, cnpc, tmp):
        super().__init__(cnpc, tmp)
        self.address = {"outside": OUTSIDE}
        cluster = (ROOT / "examples/shop/cluster.yaml").read_text()
        # The demo's cluster has IPv4 alone.
        cluster = re.sub(r"^  - ip: 10\.244\.(\d+)\.(\d+)$", r"\g<0>\n"
                         r"  - ip: fd00:244::\1:\2", cluster, flags=re.M)
        self.cluster = tmp / "cluster.yaml"
        self.cluster.write_text(cluster)
        for document in cluster.split("\n---\n"):
            name = re.search(r"^  name: (.*)$", document, re.M)
            if "\nkind: Pod\n" not in document or name[1] not in PODS:
                continue
            self.ns[name[1]] = re.search(r"^  namespace: (.*)$", document,
                                         re.M)[1]
            v4, v6 = re.findall(r"^  - ip: (.*)$", document, re.M)
            self.address[name[1]] = {4: v4, 6: v6}
        for name, addresses in self.address.items():
            self.lab.add(name, *addresses.values())
        self.inputs = ["--cluster", self.cluster,
                       ROOT / "examples/shop/policies", ROOT / "testdata/lab"]

    def load(self, bundle, pods=PODS):
        subprocess.run(self.command("load", bundle, pods), check=True,
                       stdout=subprocess.DEVNULL)

    def dropped(self):
        """Packets, by the words that `status` has for why."""
        _, out, _ = self.run("status")
        found = {}
        for n, why in re.findall(r"gress +(\d+) +dropped: (.*)$", out, re.M):
            found[why] = found.get(why, 0) + int(n)
        return found

    def trace(self, query):
        source, target, proto, port, family = query
        end = {p: f"{self.ns[p]}/{p}" if p in self.ns else OUTSIDE[family]
               for p in (source, target)}
        if proto == "icmp" and family == 6:
            proto = "icmpv6"
        words = ["--from", end[source], "--to", end[target], "--proto", proto,
                 f"--family={family}", "--format=json"]
        if port:
            words += ["--port", str(port)]
        run = subprocess.run([self.cnpc, "trace", *words, *self.inputs],
                             capture_output=True, text=True)
        return json.loads(run.stdout)["verdict"]

    def socket(self, where, family, kind, proto=0):
        with self.lab.inside(where):
            s = socket.socket(socket.AF_INET if family == 4 else
                              socket.AF_INET6, kind, proto)
        s.setblocking(False)
        return s


def choose(t):
    """Both families of every pair: what the target is for, and one other."""
    draw, queries = random.Random(SEED), []
    others = [("tcp", p) for p in TCP] + [("udp", p) for p in UDP]
    others.append(("icmp", 0))
    for source in t.address:
        for target in t.address:
            if source == target:
                continue
            for family in (4, 6):
                asked = set(OWN[target.split("-")[0]])
                asked.add(draw.choice(others))
                queries += [(source, target, *q, family)
                            for q in sorted(asked)]
    return queries


class Servers:
    """Answers at all ports of everybody."""

    def __init__(self, t):
        self.tcp, self.udp, self.poll = {}, {}, select.poll()
        for name in t.address:
            for family in (4, 6):
                for ports, kind, kept in ((TCP, socket.SOCK_STREAM, self.tcp),
                                          (UDP, socket.SOCK_DGRAM, self.udp)):
                    for port in ports:
                        s = t.socket(name, family, kind)
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        s.bind((t.address[name][family], port))
                        if kind == socket.SOCK_STREAM:
                            s.listen(1000)
                        kept[s.fileno()] = s
                        self.poll.register(s, select.POLLIN)

    def answer(self):
        """Takes what is there, without waiting for it."""
        for fd, _ in self.poll.poll(0):
            if fd in self.tcp:
                connection, _ = self.tcp[fd].accept()
                connection.sendall(b"answer")
                connection.close()
            else:
                data, sender = self.udp[fd].recvfrom(65535)
                self.udp[fd].sendto(data, sender)

    def close(self):
        for s in [*self.tcp.values(), *self.udp.values()]:
            s.close()


def begin(t, query):
    """A socket that becomes readable when there is an answer."""
    source, target, proto, port, family = query
    address = t.address[target][family]
    if proto == "tcp":
        s = t.socket(source, family, socket.SOCK_STREAM)
        s.connect_ex((address, port))
    elif proto == "udp":
        s = t.socket(source, family, socket.SOCK_DGRAM)
        s.connect((address, port))
        # Every other datagram comes in parts.
        s.send(bytes(BIG if port % 2 else 10))
    else:
        kind = socket.IPPROTO_ICMP if family == 4 else socket.IPPROTO_ICMPV6
        s = t.socket(source, family, socket.SOCK_DGRAM, kind)
        s.connect((address, 0))
        s.send(struct.pack("!BBHHH", 8 if family == 4 else 128, 0, 0, 0, 1))
    return s


def is_answered(s):
    try:
        return bool(s.recv(65535))
    except OSError as e:
        if e.errno not in (errno.EAGAIN, errno.ENOTCONN):
            raise
        return False


def run_all(t, servers, queries, expected):
    """The indices of those that were answered, when all is over."""
    before = sum(t.dropped().values())
    sockets = [begin(t, q) for q in queries]
    waits = {i for i, e in enumerate(expected) if e == "allowed"}
    answered, end = set(), time.monotonic() + WAIT
    poll = select.poll()
    index = {s.fileno(): i for i, s in enumerate(sockets)}
    for s in sockets:
        poll.register(s, select.POLLIN)
    # Each of the others is dropped at least once.
    while time.monotonic() < end and (waits - answered or sum(
            t.dropped().values()) - before < len(queries) - len(waits)):
        for _ in range(100):
            servers.answer()
            for fd, _ in poll.poll(1):
                if is_answered(sockets[index[fd]]):
                    answered.add(index[fd])
                poll.unregister(fd)
            if not waits - answered:
                break
    for s in sockets:
        s.close()
    return answered


def check_traces(t):
    queries = choose(t)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        expected = list(pool.map(t.trace, queries))
    servers = Servers(t)
    answered = run_all(t, servers, queries, expected)
    wrong = [f"{q}: {e}, {'an' if i in answered else 'no'} answer"
             for i, (q, e) in enumerate(zip(queries, expected))
             if (e == "allowed") != (i in answered)]
    t.ok(f"{len(queries)} connections between {len(t.ns)} pods and an outside "
         f"host: {expected.count('allowed')} allowed, "
         f"{expected.count('dropped')} dropped, as trace says",
         not wrong and len(queries) >= 300 and
         set(expected) == {"allowed", "dropped"} and
         {q[2:5:2] for i, q in enumerate(queries) if i in answered} ==
         {(p, f) for p in ("tcp", "udp", "icmp") for f in (4, 6)}, *wrong)
    servers.close()


def check_errors(t):
    """Nobody listens: the error of the port comes back, both families."""
    for family in (4, 6):
        s = begin(t, ("prometheus-0", "cart-6c4d7f8b5-h8w6r", "udp", 6004,
                      family))
        there = select.select([s], [], [], WAIT)[0]
        error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        t.ok(f"IPv{family}: an error of a connection passes",
             there and error == errno.ECONNREFUSED, there, error)
        s.close()


def check_forged(t):
    """An address of nobody, and one of a pod that may."""
    name, target = "toolbox-58c6d9f7b-q7m2d", "coredns-789789675-c5vxg"
    n = 0
    for family, address in ((4, "10.244.0.99"), (6, "fd00:244::99"),
                            (4, t.address["cart-6c4d7f8b5-tn5lq"][4]),
                            (6, t.address["cart-6c4d7f8b5-tn5lq"][6])):
        ip(f"addr add {address} dev eth0{' nodad' if family == 6 else ''}",
           pod=name)
        s = t.socket(name, family, socket.SOCK_DGRAM)
        s.bind((address, 0))
        s.sendto(b"?", (t.address[target][family], 53))
        s.close()
        n += 1
    found = t.dropped().get("invalid source ip (132)", 0)
    t.ok(f"{n} datagrams with another's address are dropped", found >= n,
         found)


def check_no_ip(t):
    """IP that other protocols carry is not looked into, and does not pass."""
    name, target = "toolbox-58c6d9f7b-q7m2d", "coredns-789789675-c5vxg"
    udp = struct.pack("!HHHH", 4000, 53, 8, 0)
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 28, 1, 0, 64, 17, 0)
    packet += socket.inet_aton(t.address[name][4])
    packet += socket.inet_aton(t.address[target][4]) + udp
    with t.lab.inside(name):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.bind(("eth0", 0))
    before = t.dropped().get(NO_IP, 0)
    for kind, header in CARRIERS.values():
        s.send(b"\xff" * 6 + b"\2\0\0\0\0\1" + kind + header + packet)
    s.close()
    found = t.dropped().get(NO_IP, 0) - before
    t.ok(f"IP in {', '.join(CARRIERS)} is dropped", found == len(CARRIERS),
         found, t.dropped())


def check_proxy(t):
    """Without a proxy nothing passes; with it nobody else is asked."""
    name, target = "toolbox-58c6d9f7b-q7m2d", "outside"
    ip("rule add fwmark 0x200/0xf00 lookup 2004",
       "route add local default dev lo table 2004")
    query = (name, target, "tcp", 8000, 4)
    real = t.socket(target, 4, socket.SOCK_STREAM)
    real.bind(("", 8000))
    real.listen()
    s = begin(t, query)
    t.ok("to be redirected, without a proxy: dropped",
         t.dropped().get("no proxy to redirect to (180)", 0) > 0 and
         not select.select([real], [], [], 0)[0], t.dropped())
    s.close()
    proxy = socket.socket()
    proxy.setsockopt(socket.SOL_IP, 19, 1)  # IP_TRANSPARENT
    proxy.bind(("127.0.0.1", PROXY_PORT))
    proxy.listen()
    s = begin(t, query)
    there = select.select([proxy], [], [], WAIT)[0]
    if there:
        connection, sender = proxy.accept()
        connection.sendall(b"proxy")
        there = select.select([s], [], [], WAIT)[0]
        t.ok("with a proxy: it has the connection, with both its ends",
             there and s.recv(9) == b"proxy" and
             connection.getsockname() == (OUTSIDE[4], 8000) and
             sender[0] == t.address[name][4] and
             not select.select([real], [], [], 0)[0])
    else:
        t.ok("with a proxy: it has the connection", False, t.dropped())
    for x in (s, proxy, real):
        x.close()


RELOAD = """apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: database, namespace: data}
spec:
  endpointSelector: {matchLabels: {app: database}}
  ingress:
  - fromEndpoints: [{matchLabels: {io.kubernetes.pod.namespace: ops}}]
    toPorts:
    - ports: [{port: "PORT", protocol: UDP}, {port: "53", protocol: UDP}]
"""


def check_reloads(t, reloads):
    """Two policies in turn, while datagrams come: what both allow always
    arrives, what none allows never does."""
    source, target = "prometheus-0", "database-0"
    bundles = []
    for port in (6003, 6004):
        path = t.tmp / f"reload-{port}.yaml"
        path.write_text(RELOAD.replace("PORT", str(port)))
        bundles.append(t.compile(f"reload-{port}", "--cluster", t.cluster,
                                 path))
    t.load(bundles[0], [source, target])
    ports = (53, 6003, 6004, 443)
    with t.lab.inside(target):
        servers = {p: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                   for p in ports}
    for port, s in servers.items():
        s.bind((t.address[target][4], port))
        s.settimeout(WAIT)
    sent, over = [0], threading.Event()
    got = dict.fromkeys(ports, 0)

    def send():
        clients = [t.socket(source, 4, socket.SOCK_DGRAM) for _ in ports]
        while not over.is_set():
            for port, s in zip(ports, clients):
                s.sendto(b"?", (t.address[target][4], port))
            # So none is lost because nobody took it.
            try:
                servers[53].recv(9)
            except TimeoutError:
                break
            sent[0] += 1
            for port in ports[1:]:
                while select.select([servers[port]], [], [], 0)[0]:
                    servers[port].recv(9)
                    got[port] += 1

    thread = threading.Thread(target=send)
    thread.start()
    for i in range(reloads):
        t.load(bundles[(i + 1) % 2], [source, target])
    alive = thread.is_alive()
    over.set()
    thread.join()
    t.ok(f"{reloads} reloads while {sent[0]} datagrams are sent to each of 4 "
         "ports: none of what both allow is lost, none of what neither allows "
         "passes", alive and sent[0] > 10 * reloads and got[443] == 0 and
         got[6003] > 0 and got[6004] > 0, sent, got)
    for s in servers.values():
        s.close()


def main():
    cnpc = os.path.abspath(sys.argv[1])
    reloads = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    return lab.run(lambda tmp: Test(cnpc, tmp), (
        lambda t: t.load(t.compile("bundle", *t.inputs)),
        check_traces, check_errors, check_forged, check_no_ip, check_proxy,
        lambda t: check_reloads(t, reloads)))


if __name__ == "__main__":
    sys.exit(main())
