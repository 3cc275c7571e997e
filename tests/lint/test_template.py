#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the BPF template does not depend on where it is compiled.

usage: test_template.py SOURCE_DIR OBJECT BPFTOOL CLANG ARG...

Compiles a copy of SOURCE_DIR in a directory of another name, as the build
does, and compares the result with OBJECT, which the build made."""
import pathlib
import shutil
import subprocess
import sys
import tempfile


def compile_in(folder, bpftool, clang):
    compiled, linked = folder / "x.o", folder / "linked.o"
    subprocess.run([*clang, f"-ffile-prefix-map={folder}=.", "-c",
                    folder / "policy.bpf.c", "-o", compiled], check=True)
    subprocess.run([bpftool, "gen", "object", linked, compiled], check=True)
    return linked.read_bytes()


def main():
    source, built, bpftool, *clang = sys.argv[1:]
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp) / "another" / "place"
        shutil.copytree(source, folder)
        moved = compile_in(folder, bpftool, clang)
    if moved != pathlib.Path(built).read_bytes():
        print("the same template gave other bytes in another directory")
        return 1
    if str(pathlib.Path(source).resolve()).encode() in moved:
        print("the path of the source is in the object")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
