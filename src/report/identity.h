/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a bundle says of numbers, in words in A.
 */

#include "base/arena.h"
#include "bundle/read.h"

/* An identity: its labels, but for those that all pods have; 0 is anybody. */
const char *identity_words(struct arena *a, const struct bundle_content *b,
    uint32_t id);

/* "policies/db.yaml:7", or "" for 0. */
const char *rule_place(struct arena *a, const struct bundle_content *b,
    uint32_t number);
