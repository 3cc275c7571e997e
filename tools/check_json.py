#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds JSON output against the schemas of schemas/.

usage: check_json.py SCHEMAS FOLDER...

The output is in files of the name stdout below each FOLDER.
A document names its schema in "format"; a line of lines is what
`cnpc drops --one-to-one` writes, or a connection or group of cnpc-drops. Files that hold no JSON, or
SARIF or a JSON Schema, which have schemas of their own, are passed over. A
member that the schema does not name is wrong here, though readers should bear
it: schemas leave room for what later versions add."""
import json
import pathlib
import sys

from jsonschema import Draft202012Validator


def closed(schema):
    """SCHEMA, whose objects have no member that is not named."""
    if isinstance(schema, dict):
        schema = {k: closed(v) for k, v in schema.items()}
        if "properties" in schema and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    elif isinstance(schema, list):
        schema = [closed(v) for v in schema]
    return schema


class Schemas:
    def __init__(self, folder):
        self.validators = {}
        for path in sorted(pathlib.Path(folder).glob("*.schema.json")):
            schema = json.loads(path.read_text())
            Draft202012Validator.check_schema(schema)
            self.validators[schema["title"]] = \
                Draft202012Validator(closed(schema))
        drops = self.validators["cnpc-drops"].schema
        for name in ("connections", "groups"):
            self.validators[f"cnpc-drops {name}"] = Draft202012Validator(
                {**drops["properties"][name]["items"],
                 "$defs": drops["$defs"]})

    def complaints(self, document):
        """What is wrong with DOCUMENT, a line each; NAME of its schema first."""
        if "format" not in document and {"line", "status"} <= set(document):
            name = "cnpc-drops-line"
        elif "format" not in document and {"from", "class"} <= set(document):
            name = "cnpc-drops connections"
        elif "format" not in document and {"ports", "example"} <= set(document):
            name = "cnpc-drops groups"
        else:
            name = document.get("format")
        if name not in self.validators:
            return [f"its format has no schema: {name}"]
        return [f"{name}: {'/'.join(map(str, e.absolute_path))}: {e.message}"
                for e in self.validators[name].iter_errors(document)]


def documents(text):
    """The documents that TEXT is: one, or one a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return []


def main():
    schemas = Schemas(sys.argv[1])
    errors, seen = [], 0
    for path in (p for f in sys.argv[2:]
                 for p in sorted(pathlib.Path(f).rglob("stdout"))):
        for d in documents(path.read_bytes().decode(errors="replace")):
            if not isinstance(d, dict) or "$schema" in d:
                continue
            seen += 1
            errors += [f"{path}: {e}" for e in schemas.complaints(d)]
    for e in errors or ([] if seen else ["no JSON to check"]):
        print(e)
    return 0 if seen and not errors else 1


if __name__ == "__main__":
    sys.exit(main())
