/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pages about the rules of lint: what each finds, why that matters, an example
 * and what to write instead, and how to say that it is meant.  docs/rules/ has
 * them as Markdown.
 */

#include "base/buf.h"
#include "diag/diag.h"

/* Whether INFO is a rule, which has a page. */
bool rule_has_page(const struct diag_info *info);

/* The page of one, in Markdown. */
void rule_put_markdown(struct buf *out, const struct diag_info *info);

/* The table of all, with links to the pages. */
void rules_put_markdown(struct buf *out);

/* A page that needs nothing else: of one rule, or (NULL) of all of them. */
void rules_put_html(struct buf *out, const struct diag_info *info);
