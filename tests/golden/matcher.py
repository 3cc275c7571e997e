#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the problem matcher finds the lines of findings.

usage: matcher.py MATCHER STAGE_DIR

Of what golden cases of lint print, the lines with an id and a place
are those that the matcher must take, with each of its groups."""
import json
import pathlib
import re
import sys

FINDING = re.compile(r"^\S.*:\d+:\d+: .*\[CNP\d{3}\]$")


def main():
    pattern, = json.loads(pathlib.Path(sys.argv[1]).read_text())[
        "problemMatcher"][0]["pattern"]
    matcher = re.compile(pattern.pop("regexp"))
    errors, seen = [], 0
    for path in sorted(pathlib.Path(sys.argv[2]).glob("*/std*")):
        for line in path.read_text().splitlines():
            m = matcher.match(line)
            seen += m is not None
            if (m is None) == bool(FINDING.match(line)):
                errors.append(f"{path}: {line}")
            elif m and not all(m[group] for group in pattern.values()):
                errors.append(f"{path}: {m.groups()}: {line}")
    for e in errors or ([] if seen else ["nothing to find"]):
        print(e)
    return 1 if errors or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
