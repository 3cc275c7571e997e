# SPDX-License-Identifier: Apache-2.0
"""What bench.py works out of what it measured. Nothing here runs anything or
looks at a clock.

Figures are kept by name: "INPUT/COMMAND" is the time of a whole run,
"INPUT/COMMAND/peak" its memory, "INPUT/COMMAND/STAGE" the time of a stage as
--time-passes tells it, and the stage "rest" what the table does not tell.
"INPUT/judge" and "INPUT/explain" are the time of one connection,
"INPUT/libyaml" is the time that libyaml's parser takes for all files, and
"INPUT/edit" that from an edit in an editor to the findings.
"drops/..." are the times of one line of a recording, or one byte.
Each has a unit and all its samples. Sizes are kept by input."""
import math
import re
import statistics
from typing import NamedTuple, Optional

LEAST_SECONDS = 0.001  # what is faster tells nothing of growth
MOST_EXPONENT = 1.1
LEAST_CHANGE = 0.03  # of a figure, to be worth a mark


class Stage(NamedTuple):
    size: str  # that its work should follow
    counts: Optional[str] = None  # the size that its throughput is told in
    unit: str = ""
    per: float = 1


def megabytes(size, what):
    return Stage(size, what, "MB/s", 1e6)


STAGES = {
    "lint": megabytes("bytes read", "bytes read"),
    "every rule": megabytes("bytes read", "bytes read"),
    "compile": megabytes("bytes", "bytes read"),
    "one thread": megabytes("bytes", "bytes read"),
    "yaml": megabytes("bytes read", "bytes read"),
    "ast": megabytes("bytes read", "bytes read"),
    "settings": Stage("bytes read"),
    "sanitize": Stage("bytes read", "policies", "policies/s"),
    "ir": Stage("bytes read", "policies", "policies/s"),
    "ident": Stage("ident KiB", "identities", "identities/s"),
    "pmap": Stage("entries", "entries", "entries/s"),
    "bundle": megabytes("bytes written", "bytes written"),
    "write": megabytes("bytes written", "bytes written"),
}
OTHER = Stage("bytes")  # read and written

# Seconds of Cilium's own policy engine for the documents of these inputs, on
# a machine of the kind that the targets below are for.
ENGINE_STAGES = {"read YAML": ("yaml",),
                 "parse, sanitize": ("ast", "settings", "sanitize", "ir"),
                 "identities": ("ident",),
                 "policy computation": ("pmap",)}
ENGINE = {"first": (0.07, 0.02, 0.02, 0.05),
          "second": (0.77, 0.14, 0.33, 0.58),
          "third": (1.29, 0.23, 0.61, 5.55),
          "fourth": (9.2, 1.7, 2.8, 105)}


class Target(NamedTuple):
    what: str
    figures: tuple  # which are added up
    limit: float  # at most; beside another, at least so many times faster
    engine: Optional[float] = None  # seconds of Cilium's own
    other: Optional[str] = None  # the figure that it is beside

    def beside(self):
        return self.other.split("/")[-1] if self.other else "the engine"


TARGETS = (
    Target("third: identities and policy maps, one thread",
           ("third/one thread/ident", "third/one thread/pmap"),
           20, sum(ENGINE["third"][2:])),
    Target("third: files to bundle", ("third/compile",),
           12, sum(ENGINE["third"])),
    Target("third: one connection judged", ("third/judge",), 200e-9),
    Target("first: lint", ("first/lint",), 0.05),
    Target("first: compile", ("first/compile",), 0.1),
    Target("repository of 150 policies: lint", ("repository/lint",), 0.03),
    Target("repository of 1,000 policies: an edit",
           ("large repository/edit",), 0.02),
    Target("45 MB of foreign files: lint", ("foreign/lint",), 0.5),
    Target("45 MB of foreign files: beside libyaml", ("foreign/lint",), 2,
           other="foreign/libyaml"),
    Target("fourth: compile", ("fourth/compile",), 10),
    Target("third: lint with every rule beside compile",
           ("third/every rule",), 0.5, other="third/compile"),
    Target("third: diff with an edited copy", ("third/diff",), 0.5),
    Target("third: diff beside compile", ("third/diff",), 0.5,
           other="third/compile"),
    Target("fourth: diff with an edited copy", ("fourth/diff",), 3),
    Target("fourth: memory", ("fourth/compile/peak",), 2 << 20),
    Target("pathological: lint", ("path-1/lint",), 5),
    Target("pathological: compile", ("path-1/compile",), 5),
    Target("pathological: memory", ("path-1/compile/peak",), 1 << 20),
    Target("recorded flows: one line", ("drops/one core",), 1 / 400000),
    Target("recorded flows: one byte", ("drops/byte",), 1e-9),
    Target("recorded flows: beside jq", ("drops/one core",), 20,
           other="drops/jq"),
    Target("recorded flows: two cores beside one", ("drops/two cores",), 1.7,
           other="drops/one core"),
)


def passes(stderr):
    """Stage -> (seconds, KiB), from the table of --time-passes."""
    return {name: (float(ms) / 1000, int(kib)) for name, ms, kib in re.findall(
        r"^([\w-]+) +([0-9.]+) ms +(\d+) KiB$", stderr, re.MULTILINE)}


def summary(stdout):
    """Name -> first number, from what compile says of a bundle."""
    return {name: int(number) for name, number in re.findall(
        r"^(\w+) +(\d+)\b", stdout, re.MULTILINE)}


def per_connection(stdout):
    """What -> seconds of one connection, from what judge_bench prints."""
    return {what: 1 / int(rate) for what, rate in re.findall(
        r"^(judge|explain) ([1-9]\d*)$", stdout, re.MULTILINE)}


def median(figure):
    return statistics.median(figure["samples"])


def exponent(points):
    """The k of time ~ size^k that fits (size, time) best; None where the
    points do not tell."""
    logs = [(math.log(size), math.log(time)) for size, time in points]
    if len({x for x, _ in logs}) < 2:
        return None
    return statistics.linear_regression(*zip(*logs)).slope


def growth(points):
    """Exponents from each point to the next, and over all of them that take
    long enough to tell."""
    steps = [exponent((a, b)) if a[1] >= LEAST_SECONDS else None
             for a, b in zip(points, points[1:])]
    return [*steps, exponent([p for p in points if p[1] >= LEAST_SECONDS])]


def stages(figures, run):
    """The stages of a run, in the order of the passes, the rest last."""
    return [key.removeprefix(f"{run}/") for key in figures
            if key.startswith(f"{run}/") and not key.endswith("/peak")]


def series_growth(results, names):
    """(command, stage or None) -> growth() over the inputs NAMES, of the
    fastest runs: what else the machine does only ever adds."""
    figures = results["figures"]
    table = {}
    for command in ("lint", "compile"):
        for stage in (None, *stages(figures, f"{names[-1]}/{command}")):
            size = STAGES.get(stage or command, OTHER).size
            keys = [f"{name}/{command}" + (f"/{stage}" if stage else "")
                    for name in names]
            table[command, stage] = growth(
                [(results["sizes"][name][size], min(figures[key]["samples"]))
                 for name, key in zip(names, keys)])
    return table


def reach(target, figures):
    """What is to be compared with the target's limit, and whether it is met;
    None when it was not measured."""
    if not all(key in figures for key in target.figures):
        return None
    value = sum(median(figures[key]) for key in target.figures)
    beside = target.engine
    if target.other:
        if target.other not in figures:
            return None
        beside = median(figures[target.other])
    if beside is None:
        return value, value <= target.limit
    return beside / value, beside / value >= target.limit


def scaled(results, key):
    """Lowest, middle and highest of a figure. Times are in units of the
    yardstick, whose quartiles widen the range."""
    figure = results["figures"][key]
    low, middle, high = 1, 1, 1
    if figure["unit"] == "s":
        low, middle, high = statistics.quantiles(results["yardstick"], n=4,
                                                 method="inclusive")
    return (min(figure["samples"]) / high, median(figure) / middle,
            max(figure["samples"]) / low)


def mark(before, now):
    """Whether a figure changed, given what scaled() says of both: "more" or
    "less" beyond all that was seen in the other run, or ""."""
    if abs(now[1] / before[1] - 1) < LEAST_CHANGE:
        return ""
    if now[0] > before[2]:
        return "more"
    return "less" if now[2] < before[0] else ""


def compare(old, new):
    """(figure, new/old, mark) for what took time in both."""
    for key in new["figures"]:
        if key in old["figures"]:
            before, now = scaled(old, key), scaled(new, key)
            if before[1] > 0:
                yield key, now[1] / before[1], mark(before, now)
