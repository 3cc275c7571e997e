#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests the table of kernels.

usage: test_page.py"""
import unittest

import page

PROGRAMS = {"what": "programs", "status": 0, "policies": [
    {"status": "accepted", "packets": 1000, "wrong": 0,
     "programs": [{"instructions": 7}, {"instructions": 12000}]},
    {"status": "rejected", "reason": "R9 invalid"}]}
LOAD = {"what": "load", "status": 0, "pods": [1, 6], "seconds": [.5, 2.5]}
TEST = {"what": "test", "name": "ports", "status": 0, "passed": [],
        "packets": ["450 packets, 2 wrong"]}
TRAFFIC = {"what": "test", "name": "traffic", "status": 1, "packets": [],
           "passed": ["618 connections between 10 pods and an outside host: "
                      "130 allowed, 488 dropped, as trace says"]}


def cells(*tried):
    return page.row({"suite": "sid", "release": "7.2.13+deb14-cloud-amd64",
                     "tried": tried})


class Row(unittest.TestCase):
    def test_whole(self):
        self.assertEqual(
            cells(PROGRAMS, LOAD, TEST, TRAFFIC, {"what": "end"}),
            ("7.2.13+deb14", "sid", "1 of 2", "7 to 12,000", "200 ms",
             "1,450", "2", "618", "1 of 2"))

    def test_ended_early(self):
        self.assertEqual(cells(PROGRAMS)[4:],
                         ("", "1,000", "0", "0", "ended early"))
        self.assertEqual(cells()[2:4], ("0 of 0", ""))


class Put(unittest.TestCase):
    def test_replaced(self):
        text = "a\n" + page.BEGIN + "old\n" + page.END + "z\n"
        new = page.put(text, page.table([]))
        self.assertNotIn("old", new)
        self.assertIn("| kernel |", new)
        self.assertEqual(page.put(new, "old\n"), text)

    def test_no_place(self):
        with self.assertRaises(SystemExit):
            page.put(page.BEGIN, "")


if __name__ == "__main__":
    unittest.main()
