/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The parts of the page of recorded connections.  Private to report/.
 */

#include "base/map.h"
#include "report/drops.h"
#include "report/html.h"

/* A rule that the page shows, once, however many drops point at it. */
struct page_rule {
	const struct summary_rule *rule;
	uint32_t number; /* of its element, "rule-1" */
};

struct drops_page {
	struct html html;
	struct arena *arena;
	const struct summary *summary;
	struct source_set *sources;
	struct drops_groups pairs; /* by workload */
	struct map pair_of;        /* row -> index of its pair, plus one */
	struct map rules;          /* "file:line" -> struct page_rule * */
	size_t text_room;          /* bytes of recorded lines that still fit */
};

/* What a class is shown as: "bad", "good", "doubt", "plain". */
const char *drops_page_class(enum replay_class class);

/* "3 new drops". */
const char *drops_page_count(struct drops_page *p, enum replay_class class,
    uint64_t n);

/* "3 new drops, 1 unknown": the classes that there are. */
const char *drops_page_counts(struct drops_page *p,
    const struct drops_group *g);

/* Each pair with its connections; the policies that drop; the rules that both
 * have pointed at. */
void drops_page_pairs(struct drops_page *p);
void drops_page_policies(struct drops_page *p);
void drops_page_rules(struct drops_page *p);
