#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles grammar/*.schema, which docs/schema-language.md describes.

    schemac.py FILE.schema... [--c OUT] [--h OUT] [--man OUT] [--md OUT]

With no output it only checks the files.  Every mistake in them is reported
as file:line: text; then the exit status is 1 and nothing is written.
"""

import argparse
import sys

from schema_c import emit_c, emit_h
from schema_check import Checker
from schema_read import Reader, Schema
from schema_reference import emit_man, emit_md
from writers import add_outputs, write_outputs

EMITTERS = {"c": emit_c, "h": emit_h, "man": emit_man, "md": emit_md}


def load(paths):
    """The schema of these files, with all mistakes that are in them."""
    schema = Schema()
    for path in paths:
        Reader(schema).read(path)
    if not schema.errors:
        Checker(schema).check()
    if not schema.date:
        schema.errors.append("%s: no date" % paths[0])
    return schema


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("files", metavar="FILE.schema", nargs="+")
    add_outputs(p, EMITTERS)
    args = p.parse_args()

    schema = load(args.files)
    if schema.errors:
        sys.exit("\n".join(schema.errors))
    write_outputs(args, EMITTERS, schema)


if __name__ == "__main__":
    main()
