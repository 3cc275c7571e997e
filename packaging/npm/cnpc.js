#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Runs the program of this processor, and ends as it ends.
"use strict";
const { spawnSync } = require("child_process");
const path = require("path");

const program = path.join(__dirname, "bin", `cnpc-${process.platform}-${process.arch}`);
const run = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`cnpc: cannot run ${program}: ${run.error.message}`);
  process.exit(4);
}
if (run.signal) process.kill(process.pid, run.signal);
process.exit(run.status);
