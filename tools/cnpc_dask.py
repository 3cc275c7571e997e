#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Judges recorded connections on all workers of a Dask scheduler.

usage: cnpc_dask.py --scheduler ADDRESS --flows FILE [--flows FILE ...]
                    [--cnpc PROGRAM] [--chunk BYTES] [--format FORM] [--new]
                    -- INPUT ...

Files are cut at line feeds, each part is judged by `cnpc drops --partial` on
some worker, and `cnpc drops merge` adds the summaries up: the same bytes as
those of one process. What follows -- are the inputs and options of `cnpc
drops`. Files, inputs and program have the same names on every worker. What is
compressed, or begins with something else than JSON, such as the names of
columns, is not cut. The exit status is that of merge."""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from distributed import Client, as_completed

CHUNK = 256 << 20
BLOCK = 1 << 20
MERGED = 500  # summaries of one command line
PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")


def is_whole(path):
    """Whether the file is not to be cut."""
    with open(path, "rb") as f:
        first = f.read(4)
    return not first.startswith(b"{")


def parts(paths, chunk):
    """(path, from, to) of each part; a file that is not cut ends at None."""
    for path in paths:
        size = pathlib.Path(path).stat().st_size
        if is_whole(path):
            yield path, 0, None
            continue
        for start in range(0, size, chunk):
            yield path, start, min(start + chunk, size)


def line_from(f, at):
    """Where the first line begins at AT or after it. One that looks as if it
    were compressed begins no part."""
    if at == 0:
        return 0
    f.seek(at - 1)
    f.readline()
    while True:
        at = f.tell()
        line = f.readline()
        if not line.startswith(PACKED):
            return at


def copy(f, to, n):
    while n > 0:
        block = f.read(min(n, BLOCK))
        if not block:
            break
        to.write(block)
        n -= len(block)


def judge(cnpc, args, path, start, end):
    """The summary of a part; runs on a worker."""
    with open(path, "rb") as f, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:
        p = subprocess.Popen(
            [cnpc, "drops", "--partial", "--jobs=1", "--flows=-", *args],
            stdin=f if end is None else subprocess.PIPE, stdout=out,
            stderr=err)
        if end is not None:
            start, end = line_from(f, start), line_from(f, end)
            f.seek(start)
            try:
                with p.stdin:
                    copy(f, p.stdin, end - start)
            except BrokenPipeError:
                pass  # its status says why
        status = p.wait()
        out.seek(0)
        err.seek(0)
        summary, told = out.read(), err.read().decode(errors="replace")
    if status not in (0, 1) and (status != 2 or ": after line " in told
                                 or b'"cnpc-drops"' not in summary):
        raise RuntimeError(f"{path} from byte {start}: exit {status}: "
                           f"{told[-2000:]}")
    return summary, "".join(f"{path} from byte {start}: {line}\n"
                            for line in told.splitlines())


def merge(cnpc, summaries, folder, options, stdout=None):
    """Adds the files SUMMARIES up, many by many; the last process."""
    while True:
        todo, summaries = summaries[:MERGED], summaries[MERGED:]
        argv = [cnpc, "drops", "merge"]
        if not summaries:
            return subprocess.run([*argv, *options, *todo], stdout=stdout,
                                  check=False)
        path = folder / f"merged-{len(summaries)}.json"
        with path.open("wb") as out:
            p = subprocess.run([*argv, "--format=json", *todo], stdout=out,
                               check=False)
        if p.returncode not in (0, 1, 2):
            return p
        summaries.append(path)


def judge_all(client, cnpc, args, todo, folder, done=None):
    """The summaries of all parts, as files in FOLDER; DONE is called after
    each."""
    futures = [client.submit(judge, cnpc, args, *part, pure=False)
               for part in todo]
    paths = []
    for future, (summary, told) in as_completed(futures, with_results=True):
        sys.stderr.write(told)
        path = folder / f"{len(paths)}.json"
        path.write_bytes(summary)
        paths.append(path)
        future.release()
        if done:
            done()
    return paths


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--scheduler", required=True)
    ap.add_argument("--flows", required=True, action="append")
    ap.add_argument("--cnpc", default="cnpc")
    ap.add_argument("--chunk", type=int, default=CHUNK)
    ap.add_argument("--format", default="text")
    ap.add_argument("--new", action="store_true")
    ap.add_argument("inputs", nargs="+", metavar="INPUT")
    a = ap.parse_args()
    options = [f"--format={a.format}", *["--new"] * a.new]
    with Client(a.scheduler) as client, tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        paths = judge_all(client, a.cnpc, a.inputs,
                          parts(a.flows, a.chunk), folder)
        sys.exit(merge(a.cnpc, paths, folder, options).returncode)


if __name__ == "__main__":
    main()
