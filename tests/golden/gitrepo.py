# SPDX-License-Identifier: Apache-2.0
"""A git repository to try cnpc in, and the frame of such tests."""
import os
import pathlib
import subprocess
import sys
import tempfile

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org",
       "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false")


class Repository:
    """A repository in a folder of its own, with nothing of this machine's."""

    def __init__(self, cnpc, place):
        self.cnpc, self.place = cnpc, pathlib.Path(place)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith("GIT_")}
        self.env.update(HOME=place, GIT_CONFIG_NOSYSTEM="1",
                        GIT_CEILING_DIRECTORIES=str(self.place.parent))

    def run(self, *words, cwd=".", status=None):
        done = subprocess.run(words, cwd=self.place / cwd, env=self.env,
                              capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{words}: {done.returncode}, {done.stderr}")
        return done

    def git(self, *words):
        return self.run(*GIT, *words, status=0).stdout

    def put(self, name, text):
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "all")

    def start(self):
        """What every case begins with."""
        self.git("init", "-q")


def equal(found, wanted):
    if found != wanted:
        raise AssertionError(f"found {found}, not {wanted}")


def run_cases(cases, kind):
    """Runs each in a repository of that class, by TAP."""
    cnpc = os.path.abspath(sys.argv[1])
    failed = False
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        fault = None
        with tempfile.TemporaryDirectory() as place:
            try:
                r = kind(cnpc, os.path.realpath(place))
                r.start()
                case(r)
            except (AssertionError, ValueError,
                    subprocess.TimeoutExpired) as e:
                fault = str(e)
        print(f"{'not ' if fault else ''}ok {number} - {case.__name__}")
        if fault:
            print("# " + fault.replace("\n", "\n# "))
            failed = True
    sys.exit(failed)
