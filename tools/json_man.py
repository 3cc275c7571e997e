#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes cnpc-json(7) from the schemas of what is put out.

usage: json_man.py --out PAGE SCHEMA..."""
import argparse
import datetime
import json
import pathlib

from writers import man_head, roff, roff_text

INTRO = """\
Each document that a command writes with
.Fl -format Ns = Ns Cm json
says in its member
.Va format
what it is, and in
.Va version
of which version.
Lines have no head: those of
.Ql cnpc drops --one-to-one
and of
.Ql cnpc lint --format=jsonl ,
which are the members of
.Va findings .
.Pp
Within a version members may be added; none is taken away, none changes what it
means, and none that is always there is left out.
A reader passes over members that it does not know.
What breaks a reader has the next version, and
.Pa CHANGELOG.md
says so.
The schemas that this page is made from are installed below
.Pa share/cnpc/schemas .
The documents of a bundle are described in
.Xr cnpc-image 5 .
.Pp
Below, a member is always there unless it is called optional."""


def type_of(schema):
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema["type"] == "array":
        return f"list of {type_of(schema['items'])}"
    return schema["type"]


def inner(schema):
    """The object that SCHEMA is, or is a list of."""
    while schema.get("type") == "array":
        schema = schema["items"]
    return schema if "properties" in schema else None


def members(schema):
    required = set(schema.get("required", ()))
    yield ".Bl -tag -width Ds"
    for name, value in schema["properties"].items():
        optional = "" if name in required else ", optional"
        yield f".It Va {roff(name)}"
        yield from roff_text(f"{type_of(value)}{optional}.")
        if "description" in value:
            text = value["description"]
            yield from roff_text(text[0].upper() + text[1:].rstrip(".") + ".")
        if inner(value):
            yield from members(inner(value))
    yield ".El"


def section(schema):
    yield f".Ss {schema['title']}"
    yield from roff_text(schema["description"])
    yield from members(inner(schema))
    for name, part in schema.get("$defs", {}).items():
        yield ".Pp"
        yield from roff_text(f"Where it says {name}:")
        yield from members(part)


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("schemas", nargs="+", type=pathlib.Path)
    a = ap.parse_args()
    lines = man_head("schemas/", datetime.date(2026, 11, 27), "cnpc-json", 7,
                     "what commands write as JSON")
    lines += INTRO.splitlines()
    for path in a.schemas:
        lines += section(json.loads(path.read_text()))
    lines += [".Sh SEE ALSO", ".Xr cnpc 1 ,", ".Xr cnpc-image 5"]
    a.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
