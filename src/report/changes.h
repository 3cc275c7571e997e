/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a change of the policies opens and closes, for `cnpc diff OLD NEW`; the
 * JSON document is described by schemas/cnpc-changes.schema.json.
 */

#include "base/buf.h"
#include "base/json.h"
#include "change/change.h"
#include "change/traffic.h"
#include "change/upgrade.h"
#include "diag/source.h"
#include "report/actor_names.h"

struct changes_report {
	const struct changes *changes;
	const char *name[2];          /* what was compared: OLD, NEW */
	struct source_set *source[2]; /* of either */
	struct actor_names names;
	const struct upgrade *upgrade; /* that tells why; NULL: nothing does */
	const struct traffic *traffic; /* that was recorded; NULL: none was */
};

void changes_put_text(struct buf *out, const struct changes_report *r);
void changes_put_json(struct json *out, const struct changes_report *r);

/* A comment for a pull request: at most 65,000 bytes, the rest is counted. */
void changes_put_markdown(struct buf *out, const struct changes_report *r);

/* A graph of what changes, for Graphviz. */
void changes_put_dot(struct buf *out, const struct changes_report *r);

/* A page that needs nothing else (html.h). */
void changes_put_html(struct buf *out, const struct changes_report *r);
