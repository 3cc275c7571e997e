#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants faults in the compiler, one at a time, and asks `cnpc prove` for them.

usage: planted.py [--check CNPC] [--only PATTERN]

A copy of the tree is built with each of the faults of FAULTS in turn, and
proves the worlds of tests/prove/worlds, which are about what is rare, and
random ones (tests/property/test_proof.c) until there is a counterexample; where
none has one, the conformance cases are compiled with
--prove, in both models and for versions with each layout of maps. Ends with how
many faults were found; all must be. --check only looks whether every fault is still
of some text that is there once, where a text that has gone is a line to mend here,
and whether CNPC proves those worlds."""
import argparse
import fnmatch
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/conformance"))
from cases import Case  # noqa: E402

WORLDS = "tests/property/test_proof"
WAYS = [(model, version) for version in ("1.20", "1.18", "1.19", "1.17")
        for model in ("clusterwide", "cilium")]

# The file below src, what is there, and what takes its place.
FAULTS = [
    # Entries that hide others.
    ("pmap/cover.c", "if (e->peers && value_hides(&e->value, v, false))",
     "if (e->peers && !e->value.deny && "
     "value_hides(&e->value, v, false))"),
    ("pmap/cover.c", "for (uint8_t bits = 0; bits < k->prefix.bits; bits++)",
     "for (uint8_t bits = 1; bits < k->prefix.bits; bits++)"),
    ("pmap/cover.c", "key = key_find(b->keys->v, b->keys->n, 0, 0, 0);",
     "key = NULL;"),
    ("pmap/cover.c", "if (!first->peers &&\n",
     "if (!first->peers && best->value.redirect &&\n"),
    ("pmap/cover.c", "bitset_set(own, b->aggregates->ident[p]);",
     "bitset_clear(own, b->aggregates->ident[p]);"),
    ("pmap/cover.c", "c = value_compare(&a->value, &b->value);",
     "c = value_compare(&b->value, &a->value);"),
    # Ranges of ports.
    ("pmap/ports.c", "last = port;", "last = port + 1u;"),
    ("pmap/ports.c", "uint32_t at = port, last = end;",
     "uint32_t at = port, last = end - (end > port);"),
    # Levels.
    ("pmap/levels.c", "tiers[t].next += tiers[t + 1].span;",
     "tiers[t].next += 0;"),
    ("pmap/levels.c", "return precedence(level, 255);",
     "return precedence(level, 2);"),
    ("pmap/levels.c", "most - listener_priority);", "listener_priority);"),
    ("pmap/levels.c", "tiers[t].next++;",
     "tiers[t].next += t != IR_TIER_ADMIN;"),
    # Who is enforced, and by default.
    ("pmap/direction.c", "if (in->dir != DIR_INGRESS || in->host ||",
     "if (in->host ||"),
    ("pmap/direction.c", "d->default_deny |= in->rules[n]->default_deny;",
     "d->default_deny = in->rules[n]->default_deny;"),
    ("pmap/direction.c", "if (d->default_deny && pass)",
     "if (d->default_deny && pass && n > 3)"),
    ("pmap/direction.c",
     ".off = id->unenforced || mode == PMAP_ENFORCE_NEVER,",
     ".off = mode == PMAP_ENFORCE_NEVER,"),
    ("pmap/direction.c",
     ".forced = id->always || mode == PMAP_ENFORCE_ALWAYS,",
     ".forced = id->always,"),
    # Filters: what several rules say of a port.
    ("pmap/filter.c", "http && m->parser == IR_PARSER_TLS ? IR_PARSER_HTTP",
     "http && m->parser == IR_PARSER_DNS ? IR_PARSER_HTTP"),
    ("pmap/filter.c",
     "NONE)\n\t\treturn (struct pmap_value){.auth = m->auth,",
     "NONE)\n\t\treturn (struct pmap_value){"),
    ("pmap/filter.c", "if (port->peers)\n", "if (!port->peers)\n"),
    ("pmap/filter.c",
     "add_candidates(r, c, r->m->world->aggregates->all, port, value);",
     ";"),
    ("pmap/port_name.c", "&& own->proto == name->proto", ""),
    ("pmap/port_name.c", "if (!each && out->n - before > 1)",
     "if (!each && out->n - before > 2)"),
    ("pmap/port_name.c", "one.end = 0;", "one.end = name->end;"),
    # Authentication and passes, key by key.
    ("pmap/insert.c", "v->auth = at->value.auth & AUTH_TYPE;", ";"),
    ("pmap/insert_pass.c", "if (scan.drop)\n\t\treturn;", ""),
    ("pmap/insert_pass.c", "if (v.precedence <= scan->bail)\n\t\t\treturn;",
     ""),
    ("pmap/key_state.c", "have->auth = stronger_auth(have->auth, v->auth);",
     "have->auth = stronger_auth(have->auth, 0);"),
    # Who shares a map.
    ("pmap/compute.c",
     "else if (!e->host && !rules_of(c, e, DIR_INGRESS)->named_ports)",
     "else if (!e->host)"),
    ("pmap/compute.c", "if (rules->by_namespace)\n\t\tbuf_str(key, in->ns);",
     ""),
    # What several rules of one port ask for.
    ("pmap/merge.c", "\t\tto->auth = auth;", "\t\t;"),
    ("pmap/merge.c", "from->listener_priority < to->listener_priority",
     "from->listener_priority > to->listener_priority"),
    ("pmap/merge.c", "return LISTENER_PRIORITY_TLS;",
     "return LISTENER_PRIORITY_CRD + 1;"),
    ("pmap/insert.c", "at->value.auth = v->auth & AUTH_TYPE;", ";"),
    ("pmap/direction.c", "bitset_and(required[r->verdict], set);",
     "bitset_or(required[r->verdict], set);"),
    # Maps without precedence.
    ("pmap/flatten.c", "f->keys[k].shut = true;", ";"),
    ("pmap/flatten.c", "return w->precedence > v->precedence;",
     "return w->precedence < v->precedence;"),
    # Entries as bytes.
    ("bundle/record.c", "(r->deny ? CNPC_POLICY_DENY : 0));",
     "(r->deny && r->port ? CNPC_POLICY_DENY : 0));"),
    ("bundle/record.c", "value[AT(policy_value, auth)] = r->auth;",
     "value[AT(policy_value, auth)] = r->auth & AUTH_EXPLICIT;"),
    ("bundle/layout.c", "value[PRIORITY] = (uint8_t)r->precedence;",
     "value[PRIORITY] = 0;"),
    ("bundle/layout.c", "\t    r->precedence);",
     "\t    r->precedence & ~0x80u);"),
    ("bundle/policies.c", ".deny = v->deny,",
     ".deny = v->deny && key->proto != 6,"),
    ("bundle/policies.c", ".precedence = v->precedence,",
     ".precedence = v->precedence | 0xff,"),
    ("bundle/policies.c", ".port_bits = key->port == 0 ? 0 : key->port_bits,",
     ".port_bits = key->port == 0 ? 0 : 16,"),
    ("bundle/policies.c", "\t\tids[n++] =", "\t\tif (i % 16 < 15 || n == 0)\n"
     "\t\t\tids[n++] ="),
    ("bundle/policies.c", ".auth = v->auth,", ".auth = v->auth & 0x7f,"),
]


def check():
    """Whether each fault has its one place."""
    fine = True
    for name, old, _ in FAULTS:
        n = (ROOT / "src" / name).read_text().count(old)
        if n != 1:
            fine = False
            print(f"src/{name}: {n} times, not once: {old!r}")
    return fine


def copy_tree(to):
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout
    for name in names.split("\0")[:-1]:
        place = to / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, place)
    subprocess.run(["meson", "setup", "build", "-Dwerror=false"], cwd=to,
                   check=True, stdout=subprocess.DEVNULL)


def prove_worlds(cnpc):
    """(file, model, version, exit status) of every world in every way: 2 where
    a version has no such policies."""
    for path in sorted((ROOT / "tests/prove/worlds").glob("*.yaml")):
        for model, version in WAYS:
            with tempfile.TemporaryDirectory() as tmp:
                p = subprocess.run(
                    [cnpc, "compile", "--prove", "-o", f"{tmp}/bundle",
                     f"--precedence={model}", f"--cilium={version}", path],
                    capture_output=True)
            yield path.name, model, version, p.returncode


def are_proved(cnpc):
    """Whether no world has a counterexample, and each is of some version."""
    status = list(prove_worlds(cnpc))
    for way in status:
        if way[-1] not in (0, 2):
            print("not proved:", *way)
    names = {name for name, *_ in status}
    proved = {name for name, *_, code in status if code == 0}
    for name in sorted(names - proved):
        print(f"{name}: of no version")
    return names and names == proved and \
        all(code in (0, 2) for *_, code in status)


def runs(cnpc):
    """Every case in every way, in an order that mixes them."""
    folders = [p.parent for p in
               (ROOT / "testdata/conformance").glob("*/policies.yaml")]
    found = [(Case(cnpc, folder), way) for way in WAYS
             for folder in sorted(folders)]
    random.Random(1).shuffle(found)
    return found


def prove(run):
    """The counterexample's first line, or None."""
    case, (model, version) = run
    with tempfile.TemporaryDirectory() as tmp:
        p = case.run("compile", "--prove", "-o", f"{tmp}/bundle",
                     f"--precedence={model}", f"--cilium={version}",
                     case.folder / "policies.yaml")
    if p.returncode != 1:
        return None
    return f"{case.folder.name} {model} {version}"


def build(tree, target):
    p = subprocess.run(["ninja", "-C", "build", target], cwd=tree,
                       capture_output=True, text=True)
    if p.returncode != 0:
        sys.exit(p.stdout[-2000:])


def seek_in_rare(tree):
    build(tree, "cnpc")
    for *way, status in prove_worlds(tree / "build/cnpc"):
        if status == 1:
            return " ".join(way)
    return None


def seek_in_worlds(tree):
    build(tree, WORLDS)
    p = subprocess.run([tree / "build" / WORLDS, "2000"], capture_output=True,
                       text=True)
    seed = re.search(r"^CNPC_SEED=\d+", p.stderr, re.MULTILINE)
    return f"world {seed[0]}" if p.returncode and seed else None


def seek(tree):
    build(tree, "cnpc")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        everything = runs(tree / "build/cnpc")
        for i in range(0, len(everything), 64):
            for found in pool.map(prove, everything[i:i + 64]):
                if found:
                    return found
    return None


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--check", metavar="CNPC", type=pathlib.Path)
    ap.add_argument("--only", default="*",
                    help="faults of files, or with texts, that are so")
    a = ap.parse_args()
    if not check():
        sys.exit(1)
    if a.check:
        sys.exit(not are_proved(a.check.resolve()))
    missed = 0
    with tempfile.TemporaryDirectory() as tmp:
        tree = pathlib.Path(tmp)
        copy_tree(tree)
        chosen = [f for f in FAULTS if any(fnmatch.fnmatch(x, a.only)
                                                for x in f)]
        for name, old, new in chosen:
            place = tree / "src" / name
            text = place.read_text()
            place.write_text(text.replace(old, new))
            found = seek_in_rare(tree) or seek_in_worlds(tree) or \
                seek(tree)
            place.write_text(text)
            missed += not found
            print(f"{'found' if found else 'MISSED'}  {name}: "
                  f"{new.strip() or 'without'} "
                  f"({found or old.strip()})", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} faults found")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
