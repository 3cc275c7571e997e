# SPDX-License-Identifier: Apache-2.0
"""What bench.py measures of `cnpc drops`: seconds a line and a byte of full
flows of Hubble, without what compiling the policies takes; beside jq, which
extracts the same fields; on one core and on two."""
import pathlib
import subprocess
import sys

LINES, TUPLES, FEW, OF_JQ = 300000, 3000, 3000, 30000
FIGURES = ("one core", "two cores", "byte", "jq")
FIELDS = ("verdict", "IP", "l4", "l7", "event_type", "traffic_direction",
          "is_reply", "time", "drop_reason_desc", "source_names",
          "destination_names", *(f"{end}.{field}"
                                 for end in ("source", "destination")
                                 for field in ("identity", "namespace",
                                               "labels", "pod_name",
                                               "workloads")))
FILTER = "[" + ",".join(f".flow.{field}" for field in FIELDS) + "]"


class Recording:
    def __init__(self, scale, work):
        self.cluster = work / "recorded.yaml"
        self.whole = work / "recorded.jsonl"
        subprocess.run(
            [sys.executable, pathlib.Path(__file__).parent / "flows.py",
             "--scale", scale, "--cluster", self.cluster, "--lines",
             str(LINES), "--tuples", str(TUPLES), "-o", self.whole],
            check=True)
        self.few = self.part("few", FEW)
        self.of_jq = self.part("jq", OF_JQ)

    def part(self, name, lines):
        path = self.whole.with_suffix(f".{name}")
        with self.whole.open("rb") as f, path.open("wb") as out:
            out.writelines(f.readline() for _ in range(lines))
        return path

    def drops(self, cnpc, flows, jobs):
        return [cnpc, "drops", "--format=csv", "--jobs", str(jobs), "--flows",
                flows, self.cluster]


def run_drops(measure, add, cnpc, jq, recording):
    """MEASURE(argv, statuses) gives seconds first, ADD(key, seconds) keeps a
    figure."""
    for key, jobs in (("one core", 1), ("two cores", 2)):
        few, whole = (measure(recording.drops(cnpc, flows, jobs), (0, 1))[0]
                      for flows in (recording.few, recording.whole))
        add(f"drops/{key}", (whole - few) / (LINES - FEW))
        if jobs == 1:
            size = recording.whole.stat().st_size \
                - recording.few.stat().st_size
            add("drops/byte", (whole - few) / size)
    if jq:
        seconds = measure([jq, "-c", FILTER, recording.of_jq], (0,))[0]
        add("drops/jq", seconds / OF_JQ)
