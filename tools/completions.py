#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the completions of shells from what the program's help says.

usage: completions.py --cnpc PROGRAM --bash FILE --zsh FILE --fish FILE

The help is made from the tables that the command line is read by, so nothing
here knows a command or an option by its name. A value is one of the words that
are shown with | between, a file where the name is one of PLACES, and any
text otherwise."""
import argparse
import pathlib
import re
import shlex
import subprocess

COMMAND = re.compile(r"^  (\w+) +(\S.*)$", re.MULTILINE)
USAGE = re.compile(r"^usage: cnpc \w+ (.*?)\[OPTION\.\.\.\](.*)$", re.MULTILINE)
OPTION = re.compile(r"^  (?:-(\w), )?--([\w-]+)(?:=(\S+))?\n {8}(.*)$",
                    re.MULTILINE)
PLACES = {"FILE", "PATH", "DIR", "KEY", "KEYS", "INPUT", "INPUT..."}


class Value:
    """What may be in the place that the help calls TEXT."""

    def __init__(self, text):
        parts = text.split("|")
        self.words = [p for p in parts if p and p == p.lower()]
        if text == "BOOL":
            self.words = ["true", "false"]
        self.files = not PLACES.isdisjoint(parts)


class Option:
    def __init__(self, letter, name, value, text):
        self.letter, self.name, self.text = letter, name, text
        self.value = Value(value) if value else None


class Command:
    def __init__(self, program, name, text):
        self.name, self.text = name, text
        told = program("help", name)
        usage = USAGE.search(told)
        self.options = [Option(*m.groups()) for m in OPTION.finditer(told)]
        # Options, and words that belong to one, are no words of the command.
        own = re.sub(r"--[\w-]+( [A-Z]\S+)?|[\[\]]", "", usage[1]).split()
        self.argument = Value("|".join(own + usage[2].split()))
        # A list that the command prints without its argument is of what it
        # takes; one that reads inputs prints none.
        if usage[1].startswith("[") and not usage[2]:
            self.argument.words = [line.split()[0]
                                   for line in program(name).splitlines()
                                   if line and not line.startswith((" ", "`"))
                                   and not line.endswith(".")]


def read(path):
    """The commands that the program at PATH has."""
    def program(*arguments):
        return subprocess.run([path, *arguments], capture_output=True,
                              text=True, check=True).stdout
    listed = COMMAND.findall(program("help"))
    commands = [Command(program, n, t) for n, t in listed if n != "help"]
    last = Command(program, *next(c for c in listed if c[0] == "help"))
    last.argument.words = [n for n, _ in listed]
    return [*commands, last]


def bash_reply(value):
    reply = []
    if value.words:
        reply.append(f"compgen -W {shlex.quote(' '.join(value.words))}"
                     ' -- "$cur"')
    if value.files:
        reply.append('compgen -f -- "$cur"')
    return "; ".join(reply)


def bash(commands):
    yield """\
# Completions of cnpc for bash.
_cnpc()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	[ "$prev" != = ] || prev=${COMP_WORDS[COMP_CWORD - 2]}
	[ "$cur" != = ] || cur=
	[ "$COMP_CWORD" -gt 1 ] || prev=
	mapfile -t COMPREPLY < <(_cnpc_words "${COMP_WORDS[1]}" "$prev" "$cur")
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
}

# The words that can be where CUR is, behind PREV.
_cnpc_words()
{
	local cur=$3

	case "$1 $2 $3" in"""
    names = shlex.quote(" ".join(c.name for c in commands))
    yield f'''\t*"  $3")\n\t\tcompgen -W {names} -- "$cur"\n\t\t;;'''
    for c in commands:
        for o in c.options:
            if o.value:
                places = [f'"{c.name} --{o.name} "*']
                if o.letter:
                    places.append(f'"{c.name} -{o.letter} "*')
                yield f"\t{' | '.join(places)})"
                reply = bash_reply(o.value)
                if reply:
                    yield f"\t\t{reply}"
                yield "\t\t;;"
        words = [f"--{o.name}{'=' if o.value else ''}" for o in c.options]
        yield f'''\t"{c.name} "*" -"*)'''
        yield f'''\t\tcompgen -W {shlex.quote(" ".join(words))} -- "$cur"'''
        yield f"""\t\t;;\n\t"{c.name} "*)"""
        yield f"\t\t{bash_reply(c.argument) or ':'}\n\t\t;;"
    yield "\tesac\n}\ncomplete -o filenames -F _cnpc cnpc"


def zsh_value(value):
    if value.words and value.files:
        return ("{ _values word " + " ".join(value.words) +
                "; _files }").replace("'", "")
    if value.words:
        return "(" + " ".join(value.words) + ")"
    return "_files" if value.files else ""


def zsh_text(text):
    return re.sub(r"([\[\]:])", r"\\\1", text)


def zsh(commands):
    yield "#compdef cnpc\n# Completions of cnpc for zsh.\n_cnpc()\n{"
    yield "\tlocal -a commands\n\n\tcommands=("
    for c in commands:
        yield "\t\t" + shlex.quote(f"{c.name}:{zsh_text(c.text)}")
    yield """\
	)
	if (( CURRENT == 2 )); then
		_describe command commands
		return
	fi
	shift words
	(( CURRENT-- ))
	case $words[1] in"""
    for c in commands:
        yield f"\t{c.name})\n\t\t_arguments -s \\"
        for o in c.options:
            again = "*" if o.value else ""
            for flag in filter(None, (f"--{o.name}", o.letter and
                                      f"-{o.letter}")):
                sign = ""
                if o.value:
                    sign = "=" if flag.startswith("--") else "+"
                spec = f"{again}{flag}{sign}[{zsh_text(o.text)}]"
                if o.value:
                    spec += f":value:{zsh_value(o.value)}"
                yield f"\t\t    {shlex.quote(spec)} \\"
        yield f"\t\t    {shlex.quote('*:argument:' + zsh_value(c.argument))}"
        yield "\t\t;;"
    yield "\tesac\n}\n_cnpc \"$@\""


def fish(commands):
    first = "__fish_use_subcommand"
    yield "# Completions of cnpc for fish.\ncomplete -c cnpc -f"
    for c in commands:
        yield (f"complete -c cnpc -n {first} -a {c.name}"
               f" -d {shlex.quote(c.text)}")
    for c in commands:
        head = f"complete -c cnpc -n '__fish_seen_subcommand_from {c.name}'"
        if c.argument.files:
            yield f"{head} -F"
        if c.argument.words:
            yield f"{head} -a {shlex.quote(' '.join(c.argument.words))}"
        for o in c.options:
            line = f"{head} -l {o.name}"
            if o.letter:
                line += f" -s {o.letter}"
            if o.value:
                line += " -r -F" if o.value.files else " -x"
                if o.value.words:
                    line += f" -a {shlex.quote(' '.join(o.value.words))}"
            yield f"{line} -d {shlex.quote(o.text)}"


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--cnpc", required=True)
    shells = {"bash": bash, "zsh": zsh, "fish": fish}
    for shell in shells:
        ap.add_argument(f"--{shell}", required=True, type=pathlib.Path)
    a = ap.parse_args()
    commands = read(a.cnpc)
    for shell, write in shells.items():
        getattr(a, shell).write_text("\n".join(write(commands)) + "\n")


if __name__ == "__main__":
    main()
