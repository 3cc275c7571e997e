/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of the findings.  Requires sources, docs and findings; leaves
 * those that count.
 */
#include "driver/settle.h"

#include "driver/baseline.h"
#include "driver/locate.h"
#include "driver/suppress.h"
#include "lint/lint.h"

size_t
unit_settle(struct unit *u, const struct lint_rows *rows, const char *baseline)
{
	lint_select(&u->sink, &u->sources, u->opt.ncontext > 0);
	unit_locate(u, &u->sink);
	unit_suppress(u, rows);
	lint_choose(&u->sink, &u->sources, rows);
	return baseline ? unit_baseline(u, baseline) : 0;
}
