/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may connect to whom, for `cnpc who`, `matrix` and `exposed`; the JSON
 * document is described by schemas/cnpc-reach.schema.json.
 */

#include "base/buf.h"
#include "base/json.h"
#include "change/reach.h"
#include "diag/source.h"
#include "report/actor_names.h"

struct reach_report {
	const struct reaches *reaches;
	struct actor_names names;
	struct source_set *sources;
};

void reach_put_text(struct buf *out, const struct reach_report *r);
void reach_put_json(struct json *out, const struct reach_report *r);
void reach_put_csv(struct buf *out, const struct reach_report *r);
void reach_put_markdown(struct buf *out, const struct reach_report *r);

/* Graphs, whose nodes are the sets: for Graphviz and for Mermaid. */
void reach_put_dot(struct buf *out, const struct reach_report *r);
void reach_put_mermaid(struct buf *out, const struct reach_report *r);

/* What a proxy lets pass: "http: GET /, HEAD /"; "" for all of it. */
const char *reach_grant_text(const struct reach_report *r,
    const struct reach_way *way, enum direction dir);

/* Why it is not known whether a set passes; NULL: it passes. */
const char *reach_unknown_text(const struct reach_report *r,
    const struct reach_way *way);

/* All there is to say of a way, with SEP between; "": it passes whole. */
const char *reach_way_text(const struct reach_report *r,
    const struct reach_way *way, const char *sep);

const char *reach_set_text(const struct reach_report *r,
    const struct bitset *set);
const char *reach_ports_text(const struct reach_report *r,
    const struct reach *x);
