# SPDX-License-Identifier: Apache-2.0
"""What tests print: a line for each thing that is to be so, as TAP."""


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, what, good, *seen):
        """SEEN is printed when it is not."""
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {what}", flush=True)
        if not good:
            for s in seen:
                print("# " + str(s).replace("\n", "\n# "))

    def end(self):
        """The plan; the exit status is the answer."""
        print(f"1..{self.n}")
        return 1 if self.failed else 0
