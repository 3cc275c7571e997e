#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks each shell what it would complete.

usage: completions.py BASH ZSH FISH

Each shell reads the completions that belong to it, and is asked for what can be
where a command line ends. A shell that is not there is told as skipped."""
import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import tempfile

# A command line, and what must and must not be offered at its end.
CASES = [
    ("cnpc ", ["compile", "lint", "trace", "help"], ["--format", "json"]),
    ("cnpc tr", ["trace"], ["lint"]),
    ("cnpc lint --fo", ["--format"], ["--from"]),
    ("cnpc trace --fr", ["--from"], ["--format"]),
    ("cnpc lint --format=", ["json", "sarif"], ["cilium"]),
    ("cnpc lint --precedence=c", ["clusterwide", "cilium"], ["json"]),
    ("cnpc lint --ipv4=", ["true", "false"], []),
    ("cnpc show ", ["identities", "ipcache"], []),
    ("cnpc explain CNP10", ["CNP101", "CNP102"], ["CNP201"]),
    ("cnpc schema CiliumC", ["CiliumCIDRGroup"], ["Pod"]),
    ("cnpc help l", ["lint"], ["trace"]),
    ("cnpc lint poli", ["policies"], []),
    ("cnpc lint --cluster=clus", ["cluster.yaml"], []),
]

BASH = r"""
source "$1"
COMP_WORDS=(); line=$2
while [[ $line =~ ^([^ =]+|=|\ +)(.*)$ ]]; do
	word=${BASH_REMATCH[1]} line=${BASH_REMATCH[2]}
	[[ $word = ' '* ]] || COMP_WORDS+=("$word")
done
[[ $2 != *' ' ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_cnpc
printf '%s\n' "${COMPREPLY[@]}"
"""


def ask_bash(script, line, folder):
    return subprocess.run(["bash", "--norc", "-c", BASH, "bash", script, line],
                          cwd=folder, capture_output=True, text=True,
                          check=True).stdout


def ask_fish(script, line, folder):
    return subprocess.run(
        ["fish", "--no-config", "-c",
         f"source {script}; complete -C '{line}'"], cwd=folder,
        capture_output=True, text=True, check=True,
        env={**os.environ, "HOME": str(folder)}).stdout


# Notes what would be offered, and ends when the first tab has been answered.
ZSH = """
PS1='READY>'
autoload -Uz compinit
compinit -u -d $HOME/.dump
source {script}
compdef _cnpc cnpc
bindkey '^I' complete-word
comppostfuncs=(exit)
compadd() {{
	if [[ ${{@[1,(i)(-|--)]}} == *-(O|A|D)\\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a offered
	builtin compadd -A offered "$@"
	print -rl -- $offered >>$HOME/offered
	builtin compadd "$@"
}}
"""


def read_until(fd, sign):
    """Reads from FD up to SIGN, or to the end."""
    text = b""
    while sign not in text and select.select([fd], [], [], 60)[0]:
        try:
            text += os.read(fd, 4096)
        except OSError:
            return


def ask_zsh(script, line, folder):
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / ".zshrc").write_text(ZSH.format(script=script))
        (home / "offered").touch()
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "-d", "-i"],
                       {**os.environ, "HOME": str(home),
                        "ZDOTDIR": str(home), "TERM": "dumb"})
        read_until(fd, b"READY>")
        os.write(fd, line.encode() + b"\t")
        read_until(fd, b"never")
        os.close(fd)
        os.waitpid(pid, 0)
        return (home / "offered").read_text()


def main():
    count = failed = 0
    print(f"1..{3 * len(CASES)}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "policies").mkdir()
        (folder / "cluster.yaml").touch()
        for script, ask in zip(sys.argv[1:], (ask_bash, ask_zsh, ask_fish)):
            shell = ask.__name__.removeprefix("ask_")
            for line, wanted, unwanted in CASES:
                count += 1
                if not shutil.which(shell):
                    print(f"ok {count} {shell} # SKIP no {shell}")
                    continue
                got = ask(os.path.abspath(script), line, folder)
                good = all(w in got for w in wanted) and \
                    not any(u in got for u in unwanted)
                failed += not good
                print(f"{'' if good else 'not '}ok {count} {shell}: {line}")
                if not good:
                    print("# " + got.replace("\n", "\n# "))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
