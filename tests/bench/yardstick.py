#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast is this machine now? Prints the seconds that Python's JSON reader,
which is C code, takes for the documents of a generated input.

usage: yardstick.py FILE"""
import json
import pathlib
import sys
import time

docs = [line for line in pathlib.Path(sys.argv[1]).read_text().splitlines()
        if line.startswith("{")]
start = time.perf_counter()
for doc in docs:
    json.loads(doc)
print(time.perf_counter() - start)
