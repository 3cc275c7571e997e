#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures cnpc on made-up clusters and on policies that are hard on it.

usage: bench.py --cnpc PROGRAM --judge PROGRAM --libyaml PROGRAM [--runs N]
                [--quick] [--work DIR] [--json FILE] [--compare FILE]

For each input: what `cnpc lint` and `cnpc compile` take, as wholes and by the
stages of --time-passes; median, fastest and slowest run, share of the whole,
throughput, peak memory. Connections judged and explained in a second by one
core (judge_bench.c). What libyaml's parser takes for the files that lint has
to tell from manifests (libyaml_bench.c). What an edit in an editor takes. One
line of a recording judged by `cnpc drops`, on one core and on two, beside jq.
One thread against all processors. The exponents of growth, time ~ size^k, of
the fastest runs, each stage by a size of its own (figures.py says which): 1 is
linear. What `cnpc diff` takes for an input and a copy of it with edits. How
many times faster than Cilium's own engine. The targets, and whether they were
met, which never makes the run fail.

Runs go round all inputs, so that a busy minute hits no single command. A
yardstick that has nothing to do with cnpc (yardstick.py) is timed in between:
divided by it, figures of other times and machines can be compared.
Each run that counts comes right after one that does not: memory that was free
for a while may have gone back to the host of a virtual machine, and getting it
again takes as long as all the rest.

--quick measures less; --work is where inputs and bundles are written, on a
real disk (default: beside PROGRAM). --json writes everything, every sample
included; --compare prints what changed since another run wrote FILE, and
marks what is not explained by the spread of both runs."""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import editing
import figures as fig
import hubble_lines
from inputs import COMMANDS, INPUTS, SERIES, edited_copy, files, make, sizes
from report import print_comparison, print_results

HERE = pathlib.Path(__file__).resolve().parent
YARDSTICK_INPUT = "third"


def measure(argv, statuses):
    """Seconds, peak resident KiB, standard output and error of one run; exits
    when it fails, for the time of a failure measures nothing. The peak is
    never below this interpreter's own: a child starts as its copy."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        p = subprocess.Popen(argv, stdout=out, stderr=err)
        _, status, usage = os.wait4(p.pid, 0)
        seconds = time.perf_counter() - start
        p.returncode = os.waitstatus_to_exitcode(status)
        told = []
        for f in (out, err):
            f.seek(0)
            told.append(f.read().decode(errors="replace"))
    if p.returncode not in statuses:
        sys.exit(f"bench: {' '.join(map(str, argv))}: exit {p.returncode}\n"
                 f"{told[1][-400:]}")
    return seconds, usage.ru_maxrss, *told


def output(*argv):
    """What a program prints, or None if it fails."""
    p = subprocess.run(argv, capture_output=True, text=True, cwd=HERE)
    return p.stdout.strip() if p.returncode == 0 else None


def add(results, key, unit, sample):
    figure = results["figures"].setdefault(key, {"unit": unit, "samples": []})
    figure["samples"].append(sample)


def add_sizes(sizes_, stdout, stages, out):
    """What compile made, by its own account and on disk."""
    told = fig.summary(stdout)
    sizes_.update({name: told[name] for name in ("identities", "entries")})
    sizes_.update({f"{s} KiB": kib for s, (_, kib) in stages.items()})
    sizes_["bytes written"] = sum(p.stat().st_size for p in files(out))
    sizes_["bytes"] = sizes_["bytes read"] + sizes_["bytes written"]


def run(results, cnpc, name, command, paths, out):
    """One run of a command on an input and its edited copy: its samples and
    sizes."""
    args, statuses = COMMANDS[command]
    argv = [cnpc, *(a.format(input=paths[0], edited=paths[1], out=out)
                    for a in args)]
    for _ in range(2):
        shutil.rmtree(out, ignore_errors=True)
        seconds, peak, stdout, stderr = measure(argv, statuses)
    key = f"{name}/{command}"
    add(results, key, "s", seconds)
    add(results, f"{key}/peak", "KiB", peak)
    stages = fig.passes(stderr)
    for stage, (passed, _) in stages.items():
        add(results, f"{key}/{stage}", "s", passed)
    if stages:
        add(results, f"{key}/rest", "s",
            max(0, seconds - sum(s for s, _ in stages.values())))
        add_sizes(results["sizes"][name], stdout, stages, out)


def run_judge(results, program, name, path):
    """What one connection takes, judged and explained, by a core."""
    told = output(program, path)
    if told is None:
        sys.exit(f"bench: {program} {path} failed")
    for what, seconds in fig.per_connection(told).items():
        add(results, f"{name}/{what}", "s", seconds)


def run_libyaml(results, program, name, path):
    told = output(program, *(p for p in files(path) if p.suffix == ".yaml"))
    if told is None:
        sys.exit(f"bench: {program}: {path}: no YAML")
    add(results, f"{name}/libyaml", "s", float(told))


def run_all(results, programs, names, runs, work):
    """Fills in RESULTS: all inputs once, then all of them again."""
    cnpc, judge, libyaml = programs
    paths = {name: make(name, work) for name in names}
    results["sizes"] = {name: sizes(path) for name, path in paths.items()}
    edited = {name: edited_copy(path) for name, path in paths.items()
              if "diff" in INPUTS[name].commands}
    recording = hubble_lines.Recording(paths[YARDSTICK_INPUT], work)
    yardstick = [sys.executable, HERE / "yardstick.py",
                 paths[YARDSTICK_INPUT]]
    for n in range(runs):
        print(f"bench: round {n + 1} of {runs}", file=sys.stderr)
        for name in names:
            results["yardstick"].append(float(output(*yardstick)))
            for command in INPUTS[name].commands:
                run(results, cnpc, name, command,
                    (paths[name], edited.get(name)), work / "out")
            if INPUTS[name].judged:
                run_judge(results, judge, name, paths[name])
            if INPUTS[name].beside_libyaml:
                run_libyaml(results, libyaml, name, paths[name])
            if INPUTS[name].edited:
                editing.run_edits(lambda key, s: add(results, key, "s", s),
                                  f"{name}/edit", cnpc, paths[name])
        hubble_lines.run_drops(
            measure, lambda key, s: add(results, key, "s", s), cnpc,
            shutil.which("jq"), recording)


def add_relative(results):
    """Each time in units of the yardstick, for whoever reads the file."""
    unit = statistics.median(results["yardstick"])
    for figure in results["figures"].values():
        if figure["unit"] == "s":
            figure["relative"] = fig.median(figure) / unit


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True, type=pathlib.Path)
    ap.add_argument("--judge", required=True, type=pathlib.Path,
                    help="judge_bench.c, built")
    ap.add_argument("--libyaml", required=True, type=pathlib.Path,
                    help="libyaml_bench.c, built")
    ap.add_argument("--runs", type=int, default=5)
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--work", type=pathlib.Path)
    ap.add_argument("--json", type=pathlib.Path)
    ap.add_argument("--compare", type=pathlib.Path)
    a = ap.parse_args()
    cnpc = a.cnpc.resolve()
    old = json.loads(a.compare.read_text()) if a.compare else None
    names = [n for n in INPUTS if INPUTS[n].quick or not a.quick]
    series = {s: members for s, members in SERIES.items()
              if set(members) <= set(names)}
    results = {"machine": platform.machine(), "kernel": platform.release(),
               "cpus": len(os.sched_getaffinity(0)),
               "cnpc": output(cnpc, "--version"),
               "commit": output("git", "describe", "--always", "--dirty"),
               "yardstick": [], "figures": {}}
    with tempfile.TemporaryDirectory(dir=a.work or cnpc.parent,
                                     prefix="bench-") as work:
        run_all(results, (cnpc, a.judge.resolve(), a.libyaml.resolve()),
                names, a.runs, pathlib.Path(work))
    add_relative(results)
    if a.json:
        a.json.write_text(json.dumps(results, indent=1) + "\n")
    print_results(results, {n: INPUTS[n].commands for n in names}, series)
    if old:
        print_comparison(old, results)


if __name__ == "__main__":
    main()
