/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Requests and the rules of proxies in words.
 */

#include "flow/explain.h"

/* What a rule lets pass: "GET /items.*", "name *.example.com". */
const char *request_describe(struct arena *a, const struct request_try *t);

/* What keeps a rule from matching: "path is not /items"; NULL: nothing. */
const char *request_why_text(struct arena *a, const struct request_match *m);

/* What gave the answer where no single rule did; NULL: the rules. */
const char *request_cause_text(enum request_cause cause);

/* How a proxy refuses a request: "HTTP 403"; "" when that is not known. */
const char *request_refusal(enum ir_parser parser);
