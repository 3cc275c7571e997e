#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks `cnpc lsp`, talking to it as an editor does.

usage: lsp.py CNPC SOURCE

SOURCE is the source tree: its shop is the workspace. Each case has a copy of
it. Prints TAP."""
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

from lsp_client import Client, place

EDITS = 60
SHOP = ("policies", "--cluster", "cluster.yaml")
DATA = "policies/data.yaml"


def equal(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found}, not {wanted}")


def codes(found):
    return [d["code"] for d in found]


class Case:
    def __init__(self, cnpc, root):
        self.cnpc, self.root = cnpc, root

    def client(self, *words, **more):
        return Client(self.cnpc, self.root, *words, **more)

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8")


def life(t):
    """From the first message to the last."""
    with t.client(begin=False) as c:
        equal(c.request("textDocument/hover", {})["error"]["code"], -32002)
        c.tell("textDocument/didOpen", {})
        hello = c.ask("initialize", {"rootUri": t.root.as_uri(),
                                     "capabilities": {}})
        equal(hello["serverInfo"]["name"], "cnpc")
        equal(hello["capabilities"]["positionEncoding"], "utf-16")
        equal(c.request("initialize", {})["error"]["code"], -32600)
        equal(c.request("none/such", {})["error"]["code"], -32601)
        c.tell("none/such", {})
        c.tell("$/setTrace", {"value": "off"})
        equal(c.ask("shutdown", None), None)
        equal(c.request("textDocument/hover", {})["error"]["code"], -32600)
        c.tell("exit", None)
        equal(c.server.wait(timeout=60), 0)
    with t.client() as c:
        c.tell("exit", None)
        equal(c.server.wait(timeout=60), 1)
    with t.client() as c:
        c.server.stdin.close()
        equal(c.server.wait(timeout=60), 1)


def malformed(t):
    """What is no message is answered by an error, and the next one is read."""
    with t.client() as c:
        for data in (b"Content-Length: 1\r\n\r\n{",
                     b"Content-Length: 0\r\n\r\n",
                     b"Content-Length: 4\r\n\r\n\xff\xfe{}",
                     b"Content-Length: x\r\n\r\n",
                     b"Content-Length: -1\r\n\r\n",
                     b"Content-Type: y\r\n\r\n",
                     b"\r\n",
                     b"x" * 5000 + b"\r\n\r\n",
                     b"Content-Length: 70000000\r\n\r\n" + b" " * 70000000,
                     b"Content-Length: 600\r\n\r\n" + b"[" * 600):
            c.put(data)
            message = c.read()
            equal((message["id"], message["error"]["code"]), (None, -32700))
        for body in ([], 1, {}, {"id": 1}, {"id": [], "method": "a"},
                     {"method": 1, "id": 5}, {"jsonrpc": "2.0"}):
            c.send(body)
            if c.read()["error"]["code"] not in (-32600, -32601):
                raise AssertionError(body)
        for method in ("didOpen", "didChange", "didClose", "didSave"):
            for params in (None, [], 1, {"textDocument": 1},
                           {"textDocument": {"uri": 1}},
                           {"textDocument": {}, "contentChanges": [1, {}]}):
                c.tell(f"textDocument/{method}", params)
        for params in (None, [], {"textDocument": {}, "position": {}}):
            equal(c.ask("textDocument/hover", params), None)
        equal(c.end(), 0)


def diagnostics(t):
    """Findings come when a text is opened, and change with it."""
    with t.client(*SHOP) as c:
        text = t.text(DATA)
        c.open(DATA, text)
        found = c.found(DATA)
        equal(codes(found), ["CNP608"])
        line, character = place(text, "- matchLabels:\n        app: backend", 2)
        equal(found[0]["range"]["start"],
              {"line": line, "character": character})
        equal((found[0]["severity"], found[0]["source"]), (2, "cnpc"))
        start = {"line": line + 1, "character": 0}
        c.change(DATA, 2, {"range": {"start": start, "end": start},
                           "text": " " * 8 +
                           "io.kubernetes.pod.namespace: shop\n"})
        equal(c.found(DATA, 2), [])
        c.change(DATA, 3, {"text": text})
        equal(codes(c.found(DATA, 3)), ["CNP608"])
        c.close(DATA)
        equal(c.found(DATA, None), [])
        equal(c.end(), 0)


def broken(t):
    """Beside a document that is no YAML the others are still checked."""
    with t.client(*SHOP) as c:
        text = t.text(DATA) + "---\n" + t.text("mistake.yaml") + "  - [\n"
        c.open(DATA, text)
        found = c.found(DATA)
        if "CNP608" not in codes(found) or len(found) < 2:
            raise AssertionError(found)
        last = found[-1]
        equal((last["severity"], last["range"]["start"]["line"] >=
               t.text(DATA).count("\n")), (1, True))


def related(t):
    """Where a note is about another file it is linked."""
    with t.client() as c:
        c.open("mended.yaml")
        c.open(DATA)
        found = [d for d in c.found(DATA) if d["relatedInformation"]]
        equal({i["location"]["uri"] for d in found
               for i in d["relatedInformation"]}, {c.uri("mended.yaml")})


def unsaved(t):
    """What is open counts in place of its file, and without one."""
    policy = t.text("mistake.yaml").replace("fromEndpoint:", "fromEndpoints:")
    with t.client("policies", encodings=["utf-8"]) as c:
        equal(c.capabilities["positionEncoding"], "utf-8")
        c.open("policies/new.yaml", policy)
        c.found("policies/new.yaml")
        twin = policy.replace("app: toolbox", "app: other")
        c.open("policies/twin.yaml", twin)
        if "CNP045" not in codes(c.found("policies/twin.yaml")):
            raise AssertionError("twins are not seen")
        # Elsewhere: no part of the workspace.
        c.tell("textDocument/didOpen", {"textDocument": {
            "uri": "file:///nowhere/x.yaml", "version": 1, "text": policy}})
        c.open("policies/more.yaml", "# nothing\n")
        equal(c.found("policies/more.yaml"), [])


def configuration(t):
    """.cnpc.yaml holds, and its change is seen."""
    config = t.root / ".cnpc.yaml"
    with t.client(*SHOP) as c:
        c.open(DATA)
        equal(codes(c.found(DATA)), ["CNP608"])
        config.write_text("rules: {peer-elsewhere: ignore}\n")
        c.tell("textDocument/didSave", {"textDocument": {"uri": c.uri(DATA)}})
        equal(c.found(DATA), [])
        config.write_text("rules: {peer-elsewhere: error}\n")
        c.tell("workspace/didChangeWatchedFiles", {"changes": []})
        equal([d["severity"] for d in c.found(DATA)], [1])
        config.write_text("rules: {none: ignore}\n")
        c.tell("workspace/didChangeWatchedFiles", {"changes": []})
        equal([d["severity"] for d in c.found(DATA)], [1])
        told = [m["params"]["message"] for m in c.notices
                if m["method"] == "window/showMessage"]
        if len(told) != 1 or '"none"' not in told[0]:
            raise AssertionError(told)
        equal(c.end(), 0)


def hover(t):
    """The field's text, and whom a selector selects."""
    text = t.text(DATA)
    with t.client(*SHOP) as c:
        c.open(DATA, text)

        def said(word, after=0):
            answer = c.at("hover", DATA, *place(text, word, after))
            return answer and answer["contents"]["value"]

        equal(said("namespace: data").split("\n")[0],
              "**namespace** (string)")
        if "Pods, by labels" not in said("fromEndpoints"):
            raise AssertionError(said("fromEndpoints"))
        if "One of `TCP`, `UDP`" not in said("TCP"):
            raise AssertionError(said("TCP"))
        for word, selected in (
                ("endpointSelector", "2 pods: data/database-0, data/database-1"),
                ("app: backend", "nobody that is known here"),
                ("app: cart", "2 pods: shop/cart-6c4d7f8b5-h8w6r, "
                              "shop/cart-6c4d7f8b5-tn5lq")):
            equal(said(word).split("\n")[-1], "selects " + selected)
        equal(said("# The database"), None)
        equal(said("kind: Cilium"), None)


HEAD = ("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata:\n  name: \U0001f600\n  namespace: shop\n")

# Where the bar is, and what is offered there among others, or alone with "=".
COMPLETIONS = (
    ("spec:\n  end|", ["endpointSelector:"]),
    ("spec:\n  |", ["ingress: ", "egressDeny: ", "enableDefaultDeny:"]),
    ("s|", ["spec:", "specs: "]),
    ("spec:\n  endpointSelector: {}\n  ingress:\n  - fromE|\n    toPorts: []",
     ["fromEndpoints: ", "fromEntities: "]),
    ("spec:\n  endpointSelector: {}\n  ingress:\n  - from|: []", ["fromCIDR"]),
    ("spec:\n  endpointSelector:\n    matchLabels:\n      ap|",
     ["app: ", "io.kubernetes.pod.namespace: "]),
    ("spec:\n  endpointSelector: {matchLabels: {k8s:ap|}}", ["k8s:app: "]),
    ("spec:\n  endpointSelector: {matchLabels: {any:app: |}}",
     ["backend", "cart", "=", "database", "frontend", "prometheus",
      "toolbox"]),
    ("spec:\n  endpointSelector:\n    matchExpressions:\n    - key: |", ["app"]),
    ("spec:\n  endpointSelector:\n    matchExpressions:\n    - key: app\n"
     "      operator: |", ["In", "NotIn", "Exists", "DoesNotExist", "="]),
    ("spec:\n  endpointSelector:\n    matchExpressions:\n    - key: app\n"
     "      values:\n      - |", ["cart"]),
    ("spec:\n  endpointSelector: {}\n  egress:\n  - toEndpoints:\n"
     "    - matchLabels:\n        io.kubernetes.pod.namespace: |",
     ["data", "kube-system", "ops", "shop", "="]),
    ("spec:\n  endpointSelector: {}\n  egress:\n  - toEntities: [w|]",
     ["world", "kube-apiserver"]),
    ("spec:\n  endpointSelector: {}\n  egress:\n  - toPorts:\n    - ports:\n"
     "      - protocol: \"T|\"", ["TCP", "UDP"]),
    ("spec:\n  endpointSelector: {}\n  egress:\n  - toCIDRSet:\n"
     "    - cidrGroupRef: |", ["office", "="]),
    ("spec:\n  enableDefaultDeny: {ingress: |}", ["true", "false", "="]),
    ("spec:\n  endpointSelector: {matchLabels: {app: |", ["backend", "cart"]),
    ("spec:\n  endpointSelector: {matchLabels: {app: ca|\n  ingress: []\n",
     ["cart"]),
    ("spec:\n  endpointSelector: {}  # don't {\n  egress:\n"
     "  - {toEntities: ['w|", ["world"]),
    ("spec:\n  endpointSelector: {}\n  egress:\n  - toE|\n  - {a: b: c}\n",
     ["toEntities: ", "toEndpoints: "]),
    ("spec:\n  endpointSelector: {matchLabels: {app: |}}\n---\na: [\n",
     ["cart"]),
    ("spec: {\n---\n" + HEAD + "spec:\n  endpointSelector: {|",
     ["matchLabels:", "matchExpressions: "]),
    ("spec: [|\n  x: {", ["="]),
    ("spec: &x\n  labels: *x\n  |", []),
)
GROUP = """apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata: {name: office}
spec: {externalCIDRs: [192.0.2.0/24]}
"""


def completion(t):
    """What may be written at a place."""
    (t.root / "policies/group.yaml").write_text(GROUP)
    with t.client(*SHOP) as c:
        for number, (marked, wanted) in enumerate(COMPLETIONS):
            text = HEAD + marked
            where = place(text, "|")
            c.open("policies/new.yaml", text.replace("|", ""), number)
            items = c.at("completion", "policies/new.yaml", *where)
            equal({i["textEdit"]["range"]["start"]["line"] for i in items},
                  {where[0]} if items else set())
            got = [i["textEdit"]["newText"] for i in items]
            equal([w for w in wanted if w not in [*got, "="]], [])
            if "=" in wanted:
                equal(sorted([*got, "="]), sorted(wanted))
        text = HEAD.replace("namespace: shop", "namespace: sh")
        c.open("policies/new.yaml", text, 100)
        got = c.at("completion", "policies/new.yaml",
                   *place(text, "sh\n", 2))
        equal([i["label"] for i in got],
              ["data", "kube-system", "ops", "shop"])
        equal(c.at("completion", "policies/new.yaml", 0, 0), [])
        equal(c.end(), 0)


def definition(t):
    """A group, and what findings tell of."""
    (t.root / "policies/group.yaml").write_text(GROUP)
    text = HEAD + ("spec:\n  endpointSelector: {matchLabels: {app: cart}}\n"
                   "  ingress:\n"
                   "  - fromEntities: [cluster]\n"
                   "  - fromEntities: [cluster]\n"
                   "    toPorts: [{ports: [{port: \"80\"}]}]\n"
                   "  - fromCIDRSet: [{cidrGroupRef: office}]\n")
    text = text.replace("\U0001f600", "x")
    with t.client(*SHOP) as c:
        c.open("policies/new.yaml", text)
        found = c.found("policies/new.yaml")
        got = c.at("definition", "policies/new.yaml", *place(text, "office"))
        equal([(p["uri"], p["range"]["start"]["line"]) for p in got],
              [(c.uri("policies/group.yaml"), 2)])
        dead = next(d["range"]["start"] for d in found
                    if "decides in its place" in str(d))
        got = c.at("definition", "policies/new.yaml", *dead.values())
        equal([p["range"]["start"]["line"] for p in got],
              [place(text, "- fromEntities")[0]])
        equal(c.at("definition", "policies/new.yaml", 0, 0), [])
        equal(c.end(), 0)


def actions(t):
    """What is fixed as `cnpc lint --fix` fixes it."""
    text = t.text("mistake.yaml")
    with t.client("--cluster", "cluster.yaml") as c:
        c.open("mistake.yaml", text)
        start = c.found("mistake.yaml")[0]["range"]["start"]

        def offered(first, last):
            return c.ask("textDocument/codeAction", {
                "textDocument": {"uri": c.uri("mistake.yaml")},
                "range": {"start": first, "end": last},
                "context": {"diagnostics": []}})

        got = offered(start, start)
        equal([a["title"] for a in got],
              ["write fromEndpoints instead of fromEndpoint"])
        equal((got[0]["kind"], codes(got[0]["diagnostics"])),
              ("quickfix", ["CNP102"]))
        (edit,) = got[0]["edit"]["changes"][c.uri("mistake.yaml")]
        c.change("mistake.yaml", 2, {"range": edit["range"],
                                     "text": edit["newText"]})
        equal(c.found("mistake.yaml", 2), [])
        equal(offered({"line": 0, "character": 0},
                      {"line": 99, "character": 0}), [])
        equal(c.end(), 0)


def mutated(rnd, text):
    """An edit: from, to and the new text."""
    lines = text.split("\n")
    words = ("\n", "  ", "-", ": ", "x", "[", "}", "'", "#", "&a", "\t", "---\n",
             "app: \U0001f600\u00e4", "*", "matchLabels:", "\r\n", "{}", "443")
    start = rnd.randrange(len(text) + 1)
    end = min(len(text), start + rnd.choice((0, 0, 1, 2, 8)))
    if rnd.random() < 0.25:
        start = end = text.index(rnd.choice(lines)) if lines else 0
        return start, end, rnd.choice(lines) + "\n"
    return start, end, rnd.choice(words + ("",))


def position(text, offset):
    """Line and character, the line's end being one of three."""
    before = re.split("\r\n|\r|\n", text[:offset])
    if text[max(offset - 1, 0):offset + 1] == "\r\n":
        before[-2:] = [before[-2]]
    return {"line": len(before) - 1,
            "character": len(before[-1].encode("utf-16-le")) // 2}


def offset_of(text, at):
    """And back."""
    lines = re.split("(\r\n|\r|\n)", text)
    before = "".join(lines[:2 * at["line"]])
    line = lines[2 * at["line"]].encode("utf-16-le")
    return len(before) + len(line[:2 * at["character"]].decode("utf-16-le"))


def linted(t, names, texts):
    """What `cnpc lint` finds, by file: offset, code and text."""
    run = subprocess.run(
        [t.cnpc, "lint", "--format=json", "--context=policies",
         "--cluster=cluster.yaml", *names], cwd=t.root, text=True,
        capture_output=True, timeout=60, check=False)
    found = {name: [] for name in names}
    for f in json.loads(run.stdout)["findings"]:
        if "file" not in f:
            continue
        before = texts[f["file"]].split("\n")[:f["line"] - 1]
        offset = sum(len(line) + 1 for line in before) + f["column"] - 1
        found[f["file"]].append((offset, f["id"], f["text"]))
    return {name: sorted(v) for name, v in found.items()}


def told(text, diagnostics):
    """The same of what the server tells."""
    return sorted((offset_of(text, d["range"]["start"]), d["code"],
                   d["message"].split("\nnote: ")[0]) for d in diagnostics)


def random_edits(t):
    """After any edit the findings are those of `cnpc lint` on these bytes."""
    rnd = random.Random(4)
    names = sorted(f"policies/{p.name}" for p in
                   (t.root / "policies").iterdir())
    texts = {name: t.text(name) for name in names}
    with t.client(*SHOP) as c:
        for name in names:
            c.open(name, texts[name])
        for version in range(2, EDITS + 2):
            name = rnd.choice(names)
            text = texts[name]
            start, end, new = mutated(rnd, text)
            c.change(name, version, {"text": new, "range": {
                "start": position(text, start), "end": position(text, end)}})
            texts[name] = text[:start] + new + text[end:]
            (t.root / name).write_bytes(texts[name].encode())
            wanted = linted(t, names, texts)[name]
            got = told(texts[name], c.found(name, version))
            if got != wanted:
                raise AssertionError(
                    f"edit {version} of {name}, {start} to {end} by "
                    f"{new!r}: {got}, not {wanted}")
        equal(c.end(), 0)


CASES = (life, malformed, diagnostics, broken, related, unsaved, configuration,
         hover, completion, definition, actions, random_edits)


def main():
    cnpc = str(pathlib.Path(sys.argv[1]).absolute())
    shop = pathlib.Path(sys.argv[2]) / "examples/shop"
    failed = False
    print(f"1..{len(CASES)}")
    for number, case in enumerate(CASES, 1):
        fault = None
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve() / "shop"
            shutil.copytree(shop, root)
            try:
                case(Case(cnpc, root))
            except (AssertionError, KeyError, OSError, ValueError, EOFError,
                    subprocess.SubprocessError) as e:
                fault = f"{type(e).__name__}: {e}"
        print(f"{'not ' if fault else ''}ok {number} - {case.__name__}")
        if fault:
            print("# " + fault.replace("\n", "\n# "))
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
