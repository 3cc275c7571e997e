/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upgrades in words: connections as `cnpc diff` tells them, then what else is
 * otherwise, then what did it.
 */
#include "report/upgrade.h"

#include "diag/printable.h"
#include "report/changes_words.h"

static const char *
plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- refusals, labels, costs ---- */

static void
put_ruling(struct buf *out, const struct ruling *r)
{
	static const char *const words[] = {[OBJECT_OK] = "in force",
	    [OBJECT_REJECTED_SCHEMA] = "refused by the API server",
	    [OBJECT_REJECTED_SANITIZE] = "refused by the agent",
	    [OBJECT_REJECTED_PLATFORM] = "refused by the platform",
	    [OBJECT_UNSUPPORTED] = "not modelled",
	    [OBJECT_UNREAD] = "not read",
	    [OBJECT_OPEN] = "not known in full",
	    [OBJECT_IDLE] = "not applied"};

	buf_puts(out, words[r ? r->status : OBJECT_UNREAD]);
	if (r && r->why)
		buf_printf(out, " [CNP%03u]", r->why);
}

static void
put_rulings(struct buf *out, const struct changes_report *r)
{
	const struct upgrade *u = r->upgrade;

	VEC_FOREACH (x, &u->rulings) {
		const struct object *o = x->object;

		buf_printf(out, "%s: %s ",
		    source_where(r->source[x->ruling[1] ? 1 : 0], o->name_at),
		    o->kind_name);
		printable_put(out,
		    object_full_name(r->names.arena, o->ns, o->name), SIZE_MAX);
		buf_puts(out, ": ");
		put_ruling(out, x->ruling[0]);
		buf_puts(out, " before, ");
		put_ruling(out, x->ruling[1]);
		buf_puts(out, " after\n    because ");
		changes_put_because(out, u, x->tried);
		buf_putc(out, '\n');
	}
}

static void
put_labels(struct buf *out, const struct upgrade *u)
{
	VEC_FOREACH (x, &u->labels) {
		buf_puts(out, "label ");
		printable_put(out, str_of(x->change.label), SIZE_MAX);
		buf_printf(out, " %s the identit%s of %u pod%s\n    because ",
		    x->change.after ? "enters" : "leaves",
		    x->change.pods == 1 ? "y" : "ies", x->change.pods,
		    plural(x->change.pods));
		changes_put_because(out, u, x->tried);
		buf_putc(out, '\n');
	}
}

static void
put_costs(struct buf *out, const struct upgrade *u)
{
	const struct portrait *p = u->portrait;

	if (p[0].identities != p[1].identities)
		buf_printf(out, "identities of pods: %u before, %u after\n",
		    p[0].identities, p[1].identities);
	if (p[0].maps != p[1].maps || p[0].entries != p[1].entries)
		buf_printf(out,
		    "policy maps: %u with %ju entries before, the largest "
		    "with %ju; %u with %ju after, the largest with %ju\n",
		    p[0].maps, (uintmax_t)p[0].entries, (uintmax_t)p[0].largest,
		    p[1].maps, (uintmax_t)p[1].entries,
		    (uintmax_t)p[1].largest);
}

/* ---- causes ---- */

/* "identities of 2 pods, 3 policy maps (+4 entries)" */
static void
put_touch(struct buf *out, const struct touch *t)
{
	const struct {
		uint32_t n;
		const char *one, *many;
	} rows[] = {
	    {t->objects, "1 object that is taken or refused",
		"%u objects that are taken or refused"},
	    {t->pods, "the identity of 1 pod", "the identities of %u pods"},
	    {t->prefixes, "the identity of 1 prefix",
		"the identities of %u prefixes"},
	    {t->proxies, "what proxies let pass at 1 pod",
		"what proxies let pass at %u pods"},
	    {t->hosts, "what passes the policy of 1 node",
		"what passes the policy of %u nodes"},
	    {t->ports, "where 1 port of a Service on nodes is translated",
		"where %u ports of Services on nodes are translated"},
	    {t->maps, "the policy map of 1 pod", "the policy maps of %u pods"},
	};
	const char *sep = " ";

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].n == 0)
			continue;
		buf_puts(out, sep);
		if (rows[i].n == 1)
			buf_puts(out, rows[i].one);
		else
			buf_printf(out, rows[i].many, rows[i].n);
		sep = ", ";
	}
	if (t->entries != 0)
		buf_printf(out, " (%+jd entr%s)", (intmax_t)t->entries,
		    t->entries == 1 || t->entries == -1 ? "y" : "ies");
}

/* What it touches, and what of that is not compared. */
static void
put_effect(struct buf *out, const struct upgrade_cause *c)
{
	if (c->form)
		buf_puts(out, " the form of every map");
	else if (touch_is_any(&c->touch))
		put_touch(out, &c->touch);
	else
		buf_puts(out, " nothing alone");
	if (c->touch.proxies > 0 || c->touch.ports > 0)
		buf_puts(out, "; what becomes of these is not compared");
	if (!c->blamed)
		buf_puts(out, "; no verdict changes");
}

static void
put_causes(struct buf *out, const struct upgrade *u)
{
	VEC_FOREACH (c, &u->causes) {
		if (!upgrade_is_told(u, c))
			continue;
		buf_puts(out, c->name);
		if (c->since)
			buf_printf(out, ", %s", c->since);
		if (c->section)
			buf_printf(out, " (semantics.md %s)", c->section);
		buf_printf(out, "\n    before  %s\n    after   %s\n    touches",
		    c->before, c->after);
		put_effect(out, c);
		buf_putc(out, '\n');
	}
}

void
upgrade_put_text(struct buf *out, const struct changes_report *r)
{
	changes_put_list(out, r);
	put_rulings(out, r);
	put_labels(out, r->upgrade);
	put_costs(out, r->upgrade);
	put_causes(out, r->upgrade);
	changes_put_plan(out, r);
	buf_putc(out, '\n');
}

/* ---- Markdown ---- */

void
upgrade_put_markdown(struct buf *out, const struct changes_report *r)
{
	const struct upgrade *u = r->upgrade;
	struct buf besides;

	changes_put_markdown(out, r);
	buf_init(&besides, r->names.arena);
	put_rulings(&besides, r);
	put_labels(&besides, u);
	put_costs(&besides, u);
	put_causes(&besides, u);
	if (besides.n > 0)
		buf_printf(out, "\n```text\n" STR_FMT "```\n",
		    STR_ARG(buf_as_str(&besides)));
}
