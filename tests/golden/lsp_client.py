# SPDX-License-Identifier: Apache-2.0
"""A client of `cnpc lsp`, as an editor has one."""
import json
import os
import pathlib
import subprocess


class Client:
    """A server whose workspace is the folder ROOT."""

    def __init__(self, cnpc, root, *words, encodings=None, begin=True):
        self.root = pathlib.Path(root).resolve()
        self.asked = 0
        self.notices = []
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        env["GIT_CEILING_DIRECTORIES"] = str(self.root.parent)
        self.server = subprocess.Popen(
            [cnpc, "lsp", *words], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.root,
            env=env)
        if begin:
            general = {"positionEncodings": encodings} if encodings else {}
            self.capabilities = self.ask("initialize", {
                "processId": None, "rootUri": self.root.as_uri(),
                "capabilities": {"general": general}})["capabilities"]
            self.tell("initialized", {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.server.poll() is None:
            self.server.kill()
        self.server.wait()
        for stream in (self.server.stdin, self.server.stdout,
                       self.server.stderr):
            stream.close()

    def put(self, data):
        """Bytes as they are."""
        self.server.stdin.write(data)
        self.server.stdin.flush()

    def send(self, message):
        body = json.dumps(message).encode()
        self.put(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def read(self):
        length = None
        while True:
            line = self.server.stdout.readline()
            if not line:
                raise EOFError("the server is gone")
            if not line.strip():
                return json.loads(self.server.stdout.read(length))
            length = int(line.split(b":")[1])

    def tell(self, method, params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def answer(self, number):
        """The whole answer to the request of that number."""
        while True:
            message = self.read()
            if "method" in message:
                self.notices.append(message)
            elif message["id"] == number:
                return message
            else:
                raise AssertionError(f"{message} answers nothing")

    def request(self, method, params):
        self.asked += 1
        self.send({"jsonrpc": "2.0", "id": self.asked, "method": method,
                   "params": params})
        return self.answer(self.asked)

    def ask(self, method, params):
        return self.request(method, params)["result"]

    def uri(self, name):
        return (self.root / name).as_uri()

    def open(self, name, text=None, version=1):
        if text is None:
            text = (self.root / name).read_bytes().decode()
        self.tell("textDocument/didOpen", {"textDocument": {
            "uri": self.uri(name), "languageId": "yaml", "version": version,
            "text": text}})

    def change(self, name, version, *changes):
        self.tell("textDocument/didChange", {
            "textDocument": {"uri": self.uri(name), "version": version},
            "contentChanges": list(changes)})

    def close(self, name):
        self.tell("textDocument/didClose",
                  {"textDocument": {"uri": self.uri(name)}})

    def found(self, name, version=1):
        """The diagnostics of that version of the text."""
        while True:
            for i, m in enumerate(self.notices):
                p = m["params"]
                if (m["method"] == "textDocument/publishDiagnostics"
                        and p["uri"] == self.uri(name)
                        and p.get("version") == version):
                    del self.notices[i]
                    return p["diagnostics"]
            self.notices.append(self.read())

    def at(self, what, name, line, character, **more):
        """The answer about a place."""
        return self.ask(f"textDocument/{what}", {
            "textDocument": {"uri": self.uri(name)},
            "position": {"line": line, "character": character}, **more})

    def end(self):
        """Ends the server as an editor does; its exit status."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.server.stdin.close()
        return self.server.wait(timeout=60)


def place(text, word, after=0):
    """Line and character of UTF-16 where WORD begins in TEXT."""
    before = text[:text.index(word) + after]
    last = before.rpartition("\n")[2]
    return before.count("\n"), len(last.encode("utf-16-le")) // 2
