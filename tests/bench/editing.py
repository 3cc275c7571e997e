# SPDX-License-Identifier: Apache-2.0
"""What bench.py measures of `cnpc lsp`: seconds from an edit in a long file,
which is not saved, to what is found in it, the rest of the repository read."""
import pathlib
import sys
import time

LINES, EDITS = 1000, 30

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))
from lsp_client import Client  # noqa: E402


def long_text(repository):
    """Policies of REPOSITORY in one stream, under names of their own."""
    text = ""
    for path in sorted(repository.glob("*.yaml")):
        if text.count("\n") < LINES:
            text += path.read_text().replace('name: "', 'name: "other-', 1)
            text += "---\n"
    return text


def run_edits(add, key, cnpc, repository):
    """ADD(key, seconds) keeps a figure. The first edits do not count: files
    are read once."""
    text = long_text(repository)
    place = {"line": LINES // 2, "character": 0}
    with Client(cnpc, repository) as client:
        client.open("long.yaml", text)
        client.found("long.yaml")
        for version in range(2, EDITS + 4):
            start = time.perf_counter()
            client.change("long.yaml", version, {
                "range": {"start": place, "end": place}, "text": "#"})
            client.found("long.yaml", version)
            if version >= 4:
                add(key, time.perf_counter() - start)
