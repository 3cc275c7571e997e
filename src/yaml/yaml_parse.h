/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The reader of YAML.  Private to yaml/.
 */

#include "yaml/build.h"

/* Reads the documents between START and STOP in TEXT, the whole source. */
void yaml_parse(struct ybuild *b, struct str text, uint32_t start,
    uint32_t stop);
