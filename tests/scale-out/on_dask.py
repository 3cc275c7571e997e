#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Recordings that many workers judge come to what one process says.

usage: on_dask.py CNPC RECORDINGS

Starts a Dask scheduler and workers on the loopback. Recordings, plain and
compressed, are judged by one, two and four workers, in parts of many sizes, and
once more while a worker is killed after the first part. The document must be
that of one process, byte for byte."""
import contextlib
import gzip
import pathlib
import subprocess
import sys
import tempfile

import cloudpickle
from distributed import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import cnpc_dask  # noqa: E402

# Workers get its functions, and need no copy of it.
cloudpickle.register_pickle_by_value(cnpc_dask)

WORKERS = (1, 2, 4)
CHUNKS = (1000, 4096, 30011, 1 << 20)


class Cluster:
    """A scheduler and workers, which end with it."""

    def __init__(self, stack, folder):
        self.stack, self.folder = stack, folder
        self.file = folder / "scheduler.json"
        self.start("dask-scheduler", "--host", "127.0.0.1", "--port", "0",
                   "--no-dashboard", "--scheduler-file", self.file)
        self.client = stack.enter_context(
            Client(scheduler_file=str(self.file), timeout=60))
        self.workers = []

    def start(self, *argv):
        p = subprocess.Popen(argv, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        self.stack.callback(p.wait)
        self.stack.callback(p.kill)
        return p

    def grow(self, n):
        while len(self.workers) < n:
            self.workers.append(self.start(
                "dask-worker", "--scheduler-file", self.file, "--nthreads",
                "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
                "--local-directory", self.folder))
        self.client.wait_for_workers(n, timeout=60)

    def kill(self):
        if self.workers:
            self.workers.pop().kill()


def whole(cnpc, args, flows):
    p = subprocess.run(
        [cnpc, "drops", "--partial", *(f"--flows={f}" for f in flows), *args],
        capture_output=True, check=False)
    if p.returncode not in (0, 1):
        sys.exit(f"exit {p.returncode}: {p.stderr.decode()[-400:]}")
    return p.stdout


def recordings(cases, folder):
    """(arguments, files): the lines of a case many times, plain and not."""
    for case in sorted(cases.glob("*/")):
        if not (case / "flows.jsonl").exists():
            continue
        text = (case / "flows.jsonl").read_bytes().rstrip(b"\n") + b"\n"
        plain = folder / f"{case.name}.jsonl"
        plain.write_bytes(text * 5)
        packed = folder / f"{case.name}.jsonl.gz"
        packed.write_bytes(gzip.compress(text * 2))
        yield [f"--cluster={case / 'cluster.yaml'}",
               str(case / "policies.yaml")], [str(plain), str(packed)]


def judged(cluster, cnpc, args, flows, chunk, done=None):
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(tmp)
        paths = cnpc_dask.judge_all(
            cluster.client, str(cnpc), args,
            list(cnpc_dask.parts(flows, chunk)), folder, done)
        p = cnpc_dask.merge(str(cnpc), paths, folder, ["--format=json"],
                            stdout=subprocess.PIPE)
    if p.returncode not in (0, 1):
        sys.exit(f"merge: exit {p.returncode}")
    return p.stdout


def kill_one(cluster):
    """A function that kills a worker when it is called first."""
    left = [cluster.kill]
    return lambda: left and left.pop()()


def main():
    cnpc, cases = (pathlib.Path(a).resolve() for a in sys.argv[1:])
    passed, failed = 0, 0

    def check(what, done, recording, chunk):
        nonlocal passed, failed
        args, flows, want = recording
        same = judged(cluster, cnpc, args, flows, chunk, done) == want
        passed += same
        failed += not same
        if not same:
            print(f"{flows[0]}, {what}, parts of {chunk}: something else")

    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(
            tempfile.TemporaryDirectory()))
        cluster = Cluster(stack, folder)
        todo = [(args, flows, whole(cnpc, args, flows))
                for args, flows in recordings(cases, folder)]
        for n, first in zip(WORKERS, range(len(WORKERS))):
            cluster.grow(n)
            for i, recording in enumerate(todo, first):
                check(f"{n} workers", None, recording, CHUNKS[i % len(CHUNKS)])
        for recording in todo:
            cluster.grow(2)
            check("one killed", kill_one(cluster), recording, CHUNKS[0])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
