# SPDX-License-Identifier: Apache-2.0
"""What bench.py feeds to cnpc, and how it is made."""
import json
import pathlib
import subprocess
import sys
from typing import NamedTuple

EDITED_EACH = 300  # policies, of which one is edited
TOOLS = pathlib.Path(__file__).resolve().parents[2] / "tools"


class Command(NamedTuple):
    args: tuple  # after the program; {input}, {edited} and {out} are paths
    statuses: tuple = (0,)  # that do not mean failure


COMPILE = ("compile", "--time-passes", "-o", "{out}", "{input}")
COMMANDS = {
    "lint": Command(("lint", "{input}"), (0, 1)),
    "every rule": Command(("lint", "-W", "all", "{input}"), (0, 1)),
    "compile": Command(COMPILE),
    "one thread": Command((*COMPILE, "--jobs", "1")),
    "diff": Command(("diff", "{input}", "{edited}"), (1,)),
}


class Input(NamedTuple):
    generator: str
    args: tuple
    commands: tuple = ("lint", "compile")
    quick: bool = False  # measured with --quick, too
    judged: bool = False  # single connections are judged, too
    beside_libyaml: bool = False  # its parser reads the files, too
    apart: bool = False  # policies without a cluster, each in its file
    edited: bool = False  # in an editor


def cluster(namespaces, apps, replicas, policies, **other):
    return Input("gen_scale.py", (
        "--namespaces", namespaces, "--apps", apps, "--replicas", replicas,
        "--policies", policies), **other)


def pathological(scale):
    return Input("gen_pathological.py", ("--scale", scale))


INPUTS = {
    "first": cluster(20, 10, 4, 12, quick=True),
    "second": cluster(100, 10, 10, 12),
    "third": cluster(200, 20, 5, 15, quick=True, judged=True,
                     commands=("lint", "every rule", "compile",
                               "one thread", "diff")),
    "fourth": cluster(1000, 20, 5, 10, commands=("lint", "compile", "diff")),
    "half": cluster(500, 20, 5, 10),
    "quarter": cluster(250, 20, 5, 10),
    "eighth": cluster(125, 20, 5, 10),
    "path-0.25": pathological(0.25),
    "path-0.5": pathological(0.5),
    "path-1": pathological(1),
    # 45 MB in 3,000 files that are no manifests
    "foreign": Input("gen_foreign.py", (), ("lint",), quick=True,
                     beside_libyaml=True),
    "repository": cluster(10, 20, 1, 15, commands=("lint",), apart=True),
    "large repository": cluster(67, 20, 1, 15, commands=("lint",), quick=True,
                                apart=True, edited=True),
}
# Inputs of one shape, growing: parts of the fourth, as the first three have
# other shares of policies and pods.
SERIES = {"clusters": ("eighth", "quarter", "half", "fourth"),
          "pathological": ("path-0.25", "path-0.5", "path-1")}


def block(value):
    """The lines of VALUE in the block style that people write."""
    nested = isinstance(value, (dict, list)) and value
    if not nested:
        yield json.dumps(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            lines = list(block(inner))
            if isinstance(inner, (dict, list)) and inner:
                yield f"{key}:"
                yield from (f"  {line}" for line in lines)
            else:
                yield f"{key}: {lines[0]}"
    else:
        for inner in value:
            first, *lines = block(inner)
            yield f"- {first}"
            yield from (f"  {line}" for line in lines)


def split(stream, directory):
    """A file for each CiliumNetworkPolicy of STREAM."""
    directory.mkdir()
    for number, line in enumerate(stream.read_text().splitlines()):
        if '"CiliumNetworkPolicy"' in line:
            (directory / f"{number:04}.yaml").write_text(
                "".join(f"{out}\n" for out in block(json.loads(line))))


def make(name, work):
    """Makes the input in the directory WORK; returns its path."""
    spec = INPUTS[name]
    path = work / f"{name}.yaml"
    subprocess.run([sys.executable, TOOLS / spec.generator,
                    *map(str, spec.args), "-o", path], check=True)
    if not spec.apart:
        return path
    split(path, work / name)
    return work / name


def edited_copy(path):
    """The copy of a stream in which some policies have another protocol."""
    copy = path.with_name(f"{path.stem}-edited.yaml")
    policies = 0
    with path.open() as old, copy.open("w") as new:
        for line in old:
            policies += '"CiliumNetworkPolicy"' in line
            if policies == EDITED_EACH:
                line = line.replace('"TCP"', '"UDP"', 1)
                policies = 0
            new.write(line)
    return copy


def files(path):
    return [p for p in (path, *path.rglob("*")) if p.is_file()]


def count_policies(path):
    """By lines: bench.py, whose memory its children start with, stays small.
    Only kinds end like this."""
    with open(path) as f:
        return sum('NetworkPolicy"' in line for line in f)


def sizes(path):
    """Bytes and policies of what make() made."""
    return {"bytes read": sum(p.stat().st_size for p in files(path)),
            "policies": sum(map(count_policies, files(path)))}
