# SPDX-License-Identifier: Apache-2.0
"""A node made of network namespaces: a router, and pods with a veth pair each.

A program that uses it runs in network and mount namespaces of its own, so that
all of it ends with the program."""
import contextlib
import ctypes
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from tap import Tap  # noqa: E402

GATEWAY4, GATEWAY6 = "169.254.1.1", "fe80::1"
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


def enter_namespaces():
    """Starts the program again inside; False: there are no rights for it."""
    if os.environ.get("CNPC_IN_NAMESPACE") == "1":
        return True
    if subprocess.run(["unshare", "-mn", "mount", "-t", "bpf", "bpf",
                       "/sys/fs/bpf"], capture_output=True).returncode:
        return False
    os.environ["CNPC_IN_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "-mn", sys.executable, *sys.argv])


@contextlib.contextmanager
def inside(fd):
    """What this thread does is done in the namespace FD."""
    with open("/proc/thread-self/ns/net") as own:
        def enter(to):
            if _libc.setns(to, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        enter(fd)
        try:
            yield
        finally:
            enter(own.fileno())


def ip(*lines, pod=None):
    where = ["-n", pod] if pod else []
    subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines),
                   text=True, check=True)


def setting(name, value):
    pathlib.Path("/proc/sys/net", name).write_text(value)


class Lab:
    def __init__(self, tmp):
        self.pins = pathlib.Path(tmp) / "pins"
        self.pins.mkdir()
        for kind, where in (("bpf", self.pins), ("tmpfs", "/run")):
            subprocess.run(["mount", "-t", kind, kind, where], check=True)
        self.netns, self.devices = {}, {}
        ip("link set lo up")
        setting("ipv4/ip_forward", "1")
        setting("ipv6/conf/all/forwarding", "1")

    def add(self, name, *addresses):
        """A pod, or who else has these addresses; its device is the answer."""
        device = f"lxc{len(self.devices)}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        self.netns[name] = os.open(f"/run/netns/{name}", os.O_RDONLY)
        self.devices[name] = device
        with inside(self.netns[name]):
            setting("ipv4/ping_group_range", "0 0")
        ip(f"link add {device} type veth peer name eth0 netns {name}",
           f"addr add {GATEWAY4}/32 dev {device}",
           f"addr add {GATEWAY6}/64 dev {device} nodad",
           f"link set {device} up")
        ip("link set lo up", "link set eth0 up",
           *(f"addr add {a} dev eth0{' nodad' if ':' in a else ''}"
             for a in addresses),
           f"route add {GATEWAY4} dev eth0",
           f"route add default via {GATEWAY4} dev eth0",
           f"route add default via {GATEWAY6} dev eth0", pod=name)
        ip(*(f"route add {a} dev {device}" for a in addresses))
        return device

    def inside(self, name):
        return inside(self.netns[name])

    def end(self):
        """The pins would be in the way of whoever removes the directory."""
        subprocess.run(["umount", "-l", self.pins], check=True)


class Test(Tap):
    """cnpc at the devices of such a node."""

    def __init__(self, cnpc, tmp):
        super().__init__()
        self.cnpc, self.tmp, self.lab = cnpc, tmp, Lab(tmp)
        self.pins = self.lab.pins / "cnpc"
        self.ns = {}  # by pod

    def compile(self, name, *inputs):
        bundle = self.tmp / name
        subprocess.run([self.cnpc, "compile", "-o", bundle, *inputs],
                       check=True, capture_output=True)
        return bundle

    def command(self, name, bundle=None, pods=()):
        words = [self.cnpc, name, "--pin", self.pins]
        words += [bundle] if bundle else []
        for pod in pods:
            words.append(f"--dev={self.lab.devices[pod]}={self.ns[pod]}/{pod}")
        return [str(w) for w in words]

    def run(self, name, bundle=None, pods=(), more=()):
        run = subprocess.run([*self.command(name, bundle, pods), *more],
                             capture_output=True, text=True)
        return run.returncode, run.stdout, run.stderr


def run(make, checks):
    """What CHECKS tell of the Test that MAKE makes in a directory, in
    namespaces; the exit status is the answer."""
    if not enter_namespaces():
        print("1..0 # SKIP no rights for namespaces and BPF")
        return 0
    with tempfile.TemporaryDirectory() as tmp:
        t = make(pathlib.Path(tmp))
        try:
            for check in checks:
                check(t)
        finally:
            t.lab.end()
    return t.end()
