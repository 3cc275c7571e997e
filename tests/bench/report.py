# SPDX-License-Identifier: Apache-2.0
"""Prints what bench.py measured."""
from figures import (ENGINE, ENGINE_STAGES, MOST_EXPONENT, OTHER, STAGES,
                     TARGETS, compare, median, reach, series_growth, stages)


def show_value(value, unit):
    if unit == "KiB":
        return f"{value / 1024:.0f} MiB"
    if value < 1e-8:
        return f"{value * 1e9:.2f} ns"
    if value < 1e-6:
        return f"{value * 1e9:.0f} ns"
    if value < 1e-4:
        return f"{value * 1e6:.2f} us"
    return f"{value * 1000:.1f} ms"


def show_rate(stage, sizes, seconds):
    spec = STAGES.get(stage, OTHER)
    if spec.counts is None or seconds == 0:
        return ""
    return f"{sizes[spec.counts] / spec.per / seconds:,.0f} {spec.unit}"


def print_run(results, name, command):
    """A row for the whole run and one for each of its stages."""
    run, figures = f"{name}/{command}", results["figures"]
    whole = median(figures[run])
    for stage in (None, *stages(figures, run)):
        figure = figures[f"{run}/{stage}" if stage else run]
        ms = [s * 1000 for s in figure["samples"]]
        seconds = median(figure)
        label = f"  {stage}" if stage else command
        rate = show_rate(stage or command, results["sizes"][name], seconds)
        peak = show_value(median(figures[f"{run}/peak"]), "KiB")
        print(f"{label:12} {seconds * 1000:9.2f} {min(ms):9.2f} "
              f"{max(ms):9.2f} {seconds / whole:6.0%} {rate:>21} "
              f"{peak if stage is None else '':>9}".rstrip())


def print_input(results, name, commands):
    told = ", ".join(f"{n / 1e6:.2f} MB {what.split()[1]}"
                     if what.startswith("bytes ") else f"{n:,} {what}"
                     for what, n in results["sizes"][name].items()
                     if what != "bytes" and not what.endswith(" KiB"))
    print(f"\n{name}: {told}")
    print(f"{'':12} {'median ms':>9} {'min':>9} {'max':>9} {'share':>6} "
          f"{'throughput':>21} {'peak':>9}")
    for command in commands:
        print_run(results, name, command)


def print_threads(results, name):
    """One thread against all processors."""
    figures = results["figures"]
    one, many = f"{name}/one thread", f"{name}/compile"
    print(f"\n{name}, all {results['cpus']} processors against one thread")
    for stage in ("", *(f"/{s}" for s in stages(figures, many))):
        before = median(figures[one + stage])
        now = median(figures[many + stage])
        ratio = f"{before / now:.2f} times" if now else "-"
        print(f"{stage[1:] or 'whole':12} {before * 1000:9.2f} ms to "
              f"{now * 1000:9.2f} ms  {ratio:>11}")


def print_judge(results, name):
    """Connections one by one, on one core."""
    figures = results["figures"]
    judged = median(figures[f"{name}/judge"])
    print(f"\n{name}, connections on one core")
    for what in ("judge", "explain"):
        seconds = median(figures[f"{name}/{what}"])
        print(f"{what:12} {1 / seconds:>12,.0f} a second"
              f"  {seconds / judged:>6.2f} times the time")


def print_recorded(results):
    """Lines of a recording, judged."""
    figures = results["figures"]
    print("\nrecorded flows, judged by `cnpc drops`")
    for what in ("one core", "two cores", "jq"):
        if f"drops/{what}" in figures:
            seconds = median(figures[f"drops/{what}"])
            print(f"{what:12} {1 / seconds:>12,.0f} lines a second")
    byte = median(figures["drops/byte"])
    print(f"{'one core':12} {1e-6 / byte:>12,.0f} MB a second")


def print_growth(series, names, table):
    steps = [*names[1:], "all"]
    print(f"\n{series}: exponent of growth, from each size to the next")
    print(f"{'from ' + names[0] + ' to':16}"
          + "".join(f"{step:>10}" for step in steps))
    for (command, stage), exponents in table.items():
        told = "".join(f"{'-' if k is None else format(k, '.2f'):>10}"
                       for k in exponents)
        print(f"{'  ' + stage if stage else command:16}{told}")


def print_engine(results):
    """How many times faster than Cilium's own engine."""
    figures = results["figures"]
    print("\ntimes faster than Cilium's own policy engine\n" + f"{'':19}"
          + "".join(f"{column:>20}" for column in ENGINE_STAGES))
    for name, seconds in ENGINE.items():
        for command in ("compile", "one thread"):
            run = f"{name}/{command}"
            if run in figures:
                ours = [sum(median(figures[f"{run}/{s}"]) for s in columns)
                        for columns in ENGINE_STAGES.values()]
                print(f"{name:8}{command:11}" + "".join(
                    f"{engine / our:>20.1f}"
                    for engine, our in zip(seconds, ours)))


def print_target(what, met, told):
    print(f"{'met' if met else 'MISSED':7} {what:50} {told}")


def print_targets(results, growths):
    print("\ntargets")
    for target in TARGETS:
        reached = reach(target, results["figures"])
        if reached is None:
            continue
        value, met = reached
        unit = results["figures"][target.figures[0]]["unit"]
        told = f"{value:.1f} times {target.beside()}, at least {target.limit}" \
            if target.engine or target.other else \
            f"{show_value(value, unit)}, at most " \
            f"{show_value(target.limit, unit)}"
        print_target(target.what, met, told)
    for series, table in growths.items():
        worst, stage = max((k[-1], stage) for (_, stage), k in table.items()
                           if stage and k[-1] is not None)
        print_target(f"{series}: growth of every stage",
                     worst <= MOST_EXPONENT,
                     f"{worst:.2f} ({stage}), at most {MOST_EXPONENT}")


def print_results(results, inputs, all_series):
    """INPUTS: name -> commands; ALL_SERIES: name -> names of inputs."""
    yardstick = [s * 1000 for s in results["yardstick"]]
    print(f"{results['cnpc']}, {results['commit'] or 'no commit'}, "
          f"{results['cpus']} processors, yardstick {min(yardstick):.1f} to "
          f"{max(yardstick):.1f} ms")
    for name, commands in inputs.items():
        print_input(results, name, commands)
        if "one thread" in commands:
            print_threads(results, name)
        if f"{name}/judge" in results["figures"]:
            print_judge(results, name)
    print_recorded(results)
    growths = {series: series_growth(results, names)
               for series, names in all_series.items()}
    for series, table in growths.items():
        print_growth(series, all_series[series], table)
    print_engine(results)
    print_targets(results, growths)


def print_comparison(old, new):
    print("\nnew against old, times in units of each run's yardstick; marked "
          "is what lies\nbeyond the spread of both")
    for key, ratio, changed in compare(old, new):
        print(f"{key:36} {ratio:7.3f} {changed}".rstrip())
