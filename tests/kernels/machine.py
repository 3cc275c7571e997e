# SPDX-License-Identifier: Apache-2.0
"""A virtual machine with nothing in it but a kernel and one program.

All that the program needs is in the initramfs. What it writes to /dev/ttyS1
is the answer; the machine is over when it is."""
import lzma
import os
import pathlib
import shutil
import subprocess

from debian import copy_into, files_of, modules_of

# Namespaces, veth pairs, programs at their devices, and MPLS frames.
MODULES = ("veth", "sch_ingress", "cls_bpf", "af_packet", "mpls_router",
           "mpls_iptunnel")
TOOLS = ("ip", "mount", "tc", "umount", "unshare")
PYTHON = ("libpython3.11-minimal", "libpython3.11-stdlib",
          "python3.11-minimal")
INIT = """#!/bin/sh
export PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/ LANG=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
for m in /modules/*; do insmod "$m"; done
stty -F /dev/ttyS1 raw
COMMAND
sync
poweroff -f
"""


def plain(module):
    """The bytes of a module, which may be compressed."""
    data = module.read_bytes()
    return lzma.decompress(data) if module.suffix == ".xz" else data


def make_tree(tree, modules, files, command):
    """FILES: (here, there)."""
    shutil.rmtree(tree, ignore_errors=True)
    for d in ("bin", "dev", "etc", "modules", "proc", "run", "sys", "tmp"):
        (tree / d).mkdir(parents=True)
    shutil.copy2("/bin/busybox", tree / "bin")
    for name in ("insmod", "mount", "poweroff", "sh", "stty", "sync"):
        (tree / "bin" / name).symlink_to("busybox")
    (tree / "init").write_text(INIT.replace("COMMAND", command))
    (tree / "init").chmod(0o755)
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    copy_into(tree, [shutil.which(t, path=path) for t in TOOLS])
    copy_into(tree, files_of(PYTHON))
    for n, module in enumerate(modules_of(modules, MODULES)):
        (tree / f"modules/{n:02}-{module.name.split('.')[0]}").write_bytes(
            plain(module))
    for here, there in files:
        to = tree / there
        if here.is_dir():
            shutil.copytree(here, to)
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(here, to)
            copy_into(tree, [here] if os.access(here, os.X_OK) else [])


def pack(tree, image):
    with open(image, "wb") as out:
        names = subprocess.run(["find", ".", "-print0"], cwd=tree, check=True,
                               capture_output=True).stdout
        subprocess.run(["cpio", "--null", "-o", "-H", "newc", "--quiet", "-R",
                        "0:0"], cwd=tree, input=names, stdout=out, check=True)


def run(kernel, initramfs, work, seconds):
    """What the machine answered, and the text of its console. It has so long:
    an emulated processor is slow, and one that hangs is not waited for."""
    answer, console = work / "answer", work / "console"
    argv = ["qemu-system-x86_64", "-accel", "tcg",
            "-cpu", "max", "-smp", "2", "-m", "2048", "-nodefaults",
            "-display", "none", "-no-reboot", "-kernel", kernel,
            "-initrd", initramfs, "-append",
            "console=ttyS0 quiet panic=-1 no_timer_check",
            "-serial", f"file:{console}", "-serial", f"file:{answer}"]
    answer.write_text("")
    try:
        subprocess.run(argv, check=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        pass
    return answer.read_text(), console.read_text(errors="replace")
