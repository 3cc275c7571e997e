/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inputs: files, directories (below them every *.yaml, *.yml and *.json) and
 * "-".  One file is read once, even if it is named again, by another name or
 * as part of a directory: its first mention stands, and INPUT is mentioned
 * before --cluster.
 */

#include "driver/unit.h"

/*
 * Reads all inputs of OPT into SOURCES and RET_DOCS, in the order given.
 * What cannot be read is reported, and the others are still read.  Texts,
 * trees and findings live as long as A and POOL.
 */
void input_read(struct pool *pool, struct arena *a, struct diag_sink *sink,
    const struct unit_options *opt, struct source_set *sources,
    struct ydocs *ret_docs);
