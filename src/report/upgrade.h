/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What another version, setting or model changes, and what is to blame, for
 * `cnpc upgrade`; the JSON document is described by
 * schemas/cnpc-upgrade.schema.json.  R has an upgrade.
 */

#include "report/changes.h"

void upgrade_put_text(struct buf *out, const struct changes_report *r);
void upgrade_put_json(struct json *out, const struct changes_report *r);

/* A comment for a pull request, as changes_put_markdown(). */
void upgrade_put_markdown(struct buf *out, const struct changes_report *r);
