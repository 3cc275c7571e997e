#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests what bench.py works out of its samples, and the input that it writes
itself.

usage: test_figures.py"""
import unittest

import figures as fig
import hubble_lines
from inputs import INPUTS, SERIES, block

STDERR = """\
yaml           3.23 ms     2294 KiB
pmap        1201.50 ms        0 KiB
cnpc: warning: the policy of shop/app=a takes 23206 map entries [CNP502]
"""
STDOUT = """\
bundle      /out/42
model       clusterwide (cluster-wide rules decide first)
identities  305
entries     23169, at most 604 in one map
"""


def results(yardstick, **figures):
    """Figures in seconds, their names with _ for /."""
    return {"yardstick": yardstick, "sizes": {},
            "figures": {key.replace("_", "/"): {"unit": "s", "samples": s}
                        for key, s in figures.items()}}


class Reading(unittest.TestCase):
    def test_passes(self):
        self.assertEqual(fig.passes(STDERR), {"yaml": (0.00323, 2294),
                                              "pmap": (1.2015, 0)})

    def test_summary(self):
        self.assertEqual(fig.summary(STDOUT),
                         {"identities": 305, "entries": 23169})

    def test_per_connection(self):
        self.assertEqual(
            fig.per_connection("judge 4\ndropped 1 of 2\nexplain 2\n"),
            {"judge": 0.25, "explain": 0.5})

    def test_stages(self):
        r = results([1], a_compile=[1], a_compile_yaml=[1],
                    a_compile_peak=[1], a_compile_rest=[1], b_compile_ir=[1])
        self.assertEqual(fig.stages(r["figures"], "a/compile"),
                         ["yaml", "rest"])


class Growth(unittest.TestCase):
    def test_exponent(self):
        square = [(n, 3 * n * n) for n in (2, 5, 11)]
        self.assertAlmostEqual(fig.exponent(square), 2)
        self.assertIsNone(fig.exponent(square[:1]))
        self.assertIsNone(fig.exponent([(5, 1), (5, 2)]))

    def test_growth(self):
        linear = [(n, n * 1e-3) for n in (1, 2, 4)]
        first, second, whole = fig.growth(linear)
        for k in (first, second, whole):
            self.assertAlmostEqual(k, 1)

    def test_too_fast_to_tell(self):
        points = [(1, 1e-6), (2, 2e-3), (4, 4e-3)]
        first, second, whole = fig.growth(points)
        self.assertIsNone(first)
        self.assertAlmostEqual(second, 1)
        self.assertAlmostEqual(whole, 1)
        self.assertEqual(fig.growth(points[:2]), [None, None])

    def test_each_stage_by_its_size(self):
        r = results([1], a_lint=[1], b_lint=[1], a_compile=[1],
                    b_compile=[1], a_compile_pmap=[2, 1],
                    b_compile_pmap=[4, 9, 8])
        for name, size in ("a", 1), ("b", 2):
            r["sizes"][name] = {"bytes read": size, "bytes": size,
                                "entries": size ** 2}
        table = fig.series_growth(r, ["a", "b"])
        self.assertAlmostEqual(table["compile", "pmap"][0], 1)
        self.assertAlmostEqual(table["compile", None][0], 0)


class Targets(unittest.TestCase):
    figures = results([1], a_b=[1, 2, 3], a_c=[3])["figures"]

    def reach(self, *args):
        return fig.reach(fig.Target("", *args), self.figures)

    def test_at_most(self):
        self.assertEqual(self.reach(("a/b", "a/c"), 5), (5, True))
        self.assertEqual(self.reach(("a/b", "a/c"), 4), (5, False))

    def test_times_faster(self):
        self.assertEqual(self.reach(("a/b",), 10, 20), (10, True))
        self.assertEqual(self.reach(("a/b",), 11, 20), (10, False))

    def test_beside_another(self):
        self.assertEqual(self.reach(("a/b",), 1.5, None, "a/c"), (1.5, True))
        self.assertEqual(self.reach(("a/b",), 1.6, None, "a/c"), (1.5, False))

    def test_not_measured(self):
        self.assertIsNone(self.reach(("a/b", "a/d"), 5))
        self.assertIsNone(self.reach(("a/b",), 5, None, "a/d"))

    def test_figures_exist(self):
        for target in fig.TARGETS:
            for key in target.figures:
                name, command = key.split("/")[:2]
                self.assertIn(command, hubble_lines.FIGURES if name == "drops"
                              else (*INPUTS[name].commands,
                                    *("judge",) * INPUTS[name].judged,
                                    *("edit",) * INPUTS[name].edited))
        for name in (*fig.ENGINE, *sum(SERIES.values(), ())):
            self.assertIn("compile", INPUTS[name].commands)


class Compare(unittest.TestCase):
    def marks(self, old, new):
        return {key: (round(ratio, 2), mark)
                for key, ratio, mark in fig.compare(old, new)}

    def test_slower_machine(self):
        old = results([1, 1, 1], a=[2, 2, 2], b=[5, 5, 5], gone=[1])
        new = results([3, 3, 3], a=[6, 6, 6], b=[30, 30, 30], come=[1])
        self.assertEqual(self.marks(old, new),
                         {"a": (1, ""), "b": (2, "more")})

    def test_within_the_spread(self):
        old = results([1, 1, 1], a=[2, 3, 4], b=[2, 3, 4], c=[2, 3, 4])
        new = results([1, 1, 1], a=[4, 5, 6], b=[5, 6, 7], c=[1, 1.5, 1.9])
        self.assertEqual(self.marks(old, new),
                         {"a": (1.67, ""), "b": (2, "more"),
                          "c": (0.5, "less")})

    def test_small_or_none(self):
        old = results([1, 1], a=[1], b=[0])
        new = results([1, 1], a=[1.01], b=[1])
        self.assertEqual(self.marks(old, new), {"a": (1.01, "")})

    def test_yardstick_wavers(self):
        steady = results([1, 1, 1, 1], a=[3, 3, 3])
        wavering = results([1, 1, 2, 2], a=[4, 4, 4])
        self.assertEqual(self.marks(steady, wavering), {"a": (0.89, "")})

    def test_memory_needs_no_yardstick(self):
        old, new = results([1, 1], a=[4]), results([2, 2], a=[4])
        for r in old, new:
            r["figures"]["a"]["unit"] = "KiB"
        self.assertEqual(self.marks(old, new), {"a": (1, "")})


class Block(unittest.TestCase):
    def test_block(self):
        value = {"a": "80", "b": [{"c": [1, 2], "d": {}}, []], "e": {"f": []}}
        self.assertEqual(list(block(value)), [
            'a: "80"', "b:", "  - c:", "      - 1", "      - 2", "    d: {}",
            "  - []", "e:", "  f: []"])


if __name__ == "__main__":
    unittest.main()
