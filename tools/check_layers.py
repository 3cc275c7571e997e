#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every #include below src/ against src/LAYERS.

usage: check_layers.py [ROOT]

A module sees only the modules that its line in LAYERS names, and a line may
name only modules above it, so there are no cycles. The headers of a library
are kept to the modules that LAYERS gives them to. The table of rooms in
docs/architecture.md has a row for each module, in the same order."""
import pathlib
import re
import sys

ROOMS = re.compile(r"^\| room \|.*\n\|.*\n((?:\|.*\n)*)", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Layers:
    """src/LAYERS: what each module may include, and who may use a library."""

    def __init__(self, path):
        self.modules = {}
        self.headers = {}
        self.generated = {}
        self.errors = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.partition("#")[0].strip()
            if not line:
                continue
            name, sep, rest = re.split(r"\s*([:=])\s*", line, maxsplit=1)
            names = rest.split()
            for n in names:
                if n not in self.modules:
                    self.errors.append(
                        f"{path}:{number}: {n} is not above {name}")
            if sep == "=":
                self.generated[name] = rest
            elif name.startswith("<"):
                self.headers[name.strip("<>")] = names
            else:
                self.modules[name] = names

    def complaint(self, module, quote, header):
        """Why MODULE must not include HEADER, or None."""
        if quote == "<":
            for prefix, allowed in self.headers.items():
                if header.startswith(prefix) and module not in allowed:
                    return f"<{header}> belongs to {' '.join(allowed)}"
            return None
        target = self.generated.get(header) or header.partition("/")[0]
        if target not in self.modules:
            return f'"{header}" is not of the form "module/header.h"'
        if target != module and target not in self.modules[module]:
            return f"{module} must not include {target} (src/LAYERS)"
        return None


def check_rooms(page, modules):
    """What PAGE says of the modules, against their list."""
    rooms = "".join(ROOMS.findall(page.read_text()))
    listed = re.findall(r"^\| (\w+) \|", rooms, re.MULTILINE)
    if listed != modules:
        yield f"{page}: rooms {' '.join(listed)}; src/LAYERS: {' '.join(modules)}"


def check(root):
    src = root / "src"
    layers = Layers(src / "LAYERS")
    errors = layers.errors
    errors += check_rooms(root / "docs/architecture.md", list(layers.modules))
    files = 0
    for path in sorted(p for p in src.rglob("*") if p.suffix in (".c", ".h")):
        files += 1
        module = path.relative_to(src).parts[0]
        if module not in layers.modules:
            errors.append(f"{path}:1: {module} is not in src/LAYERS")
            continue
        text = path.read_text(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            m = INCLUDE.match(line)
            why = m and layers.complaint(module, m[1], m[2])
            if why:
                errors.append(f"{path}:{number}: {why}")
    if not files:
        errors.append(f"{src}: no source files")
    return errors


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    errors = check(root)
    for e in errors:
        print(e)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
