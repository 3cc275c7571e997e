/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes as text and as Markdown.
 */
#include "report/changes_words.h"

#include "diag/printable.h"

enum {
	MARKDOWN_ROOM = 64000, /* bytes of rows; a comment may have 65,536 */
};

/* ---- text ---- */

/* A line, if there is something that tells why. */
static void
put_because(struct buf *out, const struct changes_report *r,
    const struct bitset *tried)
{
	if (!r->upgrade)
		return;
	buf_puts(out, "    because ");
	changes_put_because(out, r->upgrade, tried);
	buf_putc(out, '\n');
}

static void
put_change(struct buf *out, const struct changes_report *r,
    const struct change *x)
{
	static const char *const when[] = {"before", "after"};

	buf_printf(out, "%-8s", change_kind_name(x->kind));
	names_put_set(out, &r->names, x->from);
	buf_puts(out, " -> ");
	names_put_set(out, &r->names, x->to);
	buf_puts(out, "  ");
	names_put_ports(out, &r->names, x->ports, x->nports);
	buf_puts(out, "\n    for example ");
	changes_put_witness(out, r, &x->witness);
	buf_putc(out, '\n');
	if (r->traffic)
		buf_printf(out, "    recorded %s\n", changes_recorded(r, x));
	for (int side = 0; side < 2; side++) {
		struct change_answer answer;

		change_explain(&answer, r->names.arena, r->names.scratch,
		    &r->changes->actors, side, &x->witness);
		buf_printf(out, "    %-7s ", when[side]);
		changes_put_answer(out, r, side, &answer);
		buf_putc(out, '\n');
	}
	put_because(out, r, x->tried);
}

static void
put_actor(struct buf *out, const struct changes_report *r, uint32_t actor)
{
	struct bitset *one =
	    bitset_new(r->names.arena, (uint32_t)r->changes->actors.v.n);

	bitset_set(one, actor);
	names_put_set(out, &r->names, one);
}

void
changes_put_besides(struct buf *out, const struct changes_report *r)
{
	const struct changes *c = r->changes;

	VEC_FOREACH (x, &c->isolation) {
		put_actor(out, r, x->actor);
		buf_printf(out, ": %s is %s denied by default\n",
		    direction_name(x->dir), x->after ? "now" : "no longer");
		put_because(out, r, x->tried);
	}
	VEC_FOREACH (x, &c->idle) {
		put_actor(out, r, x->actor);
		buf_printf(out, ": %s differs, and no connection changes: ",
		    direction_name(x->dir));
		buf_puts(out, "the other end decides as before, as of ");
		changes_put_witness(out, r, &x->witness);
		buf_putc(out, '\n');
		put_because(out, r, x->tried);
	}
	VEC_FOREACH (x, &c->unseen) {
		const struct object *o = x->object;

		buf_printf(out, "%s: %s ",
		    source_where(r->source[x->side], o->name_at), o->kind_name);
		printable_put(out,
		    object_full_name(r->names.arena, o->ns, o->name), SIZE_MAX);
		buf_printf(out,
		    " %s, and not all pods that it is about are in the input: "
		    "what it changes is not known in full\n",
		    x->both            ? "differs"
			: x->side == 0 ? "is gone"
				       : "is new");
	}
	for (int side = 0; side < 2; side++) {
		struct names_list l = {.out = out};

		if (c->actors.only[side].n == 0)
			continue;
		buf_printf(out, "only %s, and not compared: ",
		    side == 0 ? "before" : "after");
		VEC_FOREACH (e, &c->actors.only[side])
			names_list_add(&l, names_pod(&r->names, *e));
		names_list_end(&l);
		buf_putc(out, '\n');
	}
}

/* The change that opens, or else closes, most: by pairs of ends. */
static const struct change *
widest(const struct changes *c)
{
	const struct change *best = NULL;
	uint64_t most = 0;

	VEC_FOREACH (x, &c->v) {
		uint64_t n =
		    (uint64_t)bitset_count(x->from) * bitset_count(x->to);

		if (!best || (x->kind == best->kind && n > most)) {
			best = x;
			most = n;
		}
	}
	return best;
}

static void
put_unseen_count(struct buf *out, const struct changes *c)
{
	if (c->unseen.n > 0)
		buf_printf(out,
		    "; not known: what %zu %s for pods that are "
		    "not in the input change%s",
		    c->unseen.n, c->unseen.n == 1 ? "policy" : "policies",
		    c->unseen.n == 1 ? "s" : "");
}

/* "; of 12 recorded connections 3 opened, 2 closed, 1 not known" */
static void
put_recorded(struct buf *out, const struct changes_report *r)
{
	uint64_t n[CHANGE_KINDS] = {0};
	const struct traffic *t = r->traffic;
	const char *sep = " ";

	if (!t)
		return;
	VEC_FOREACH (x, &r->changes->v)
		n[x->kind] += t->in[x - r->changes->v.v].connections;
	buf_printf(out, "; of %lu recorded connection%s", t->all.connections,
	    t->all.connections == 1 ? "" : "s");
	for (int k = 0; k < CHANGE_KINDS; k++) {
		if (n[k] == 0)
			continue;
		buf_printf(out, "%s%lu %s", sep, n[k],
		    change_kind_name((enum change_kind)k));
		sep = ", ";
	}
	if (sep[0] == ' ')
		buf_puts(out, " none changes");
	if (t->unplaced.connections > 0)
		buf_printf(out, ", %lu with an end that is not compared",
		    t->unplaced.connections);
}

void
changes_put_plan(struct buf *out, const struct changes_report *r)
{
	const struct changes *c = r->changes;
	const struct change *x = widest(c);
	const char *sep = "";

	if (!x) {
		buf_puts(out, "no connection changes");
		put_recorded(out, r);
		put_unseen_count(out, c);
		return;
	}
	for (int k = 0; k < CHANGE_KINDS; k++) {
		if (c->count[k] == 0)
			continue;
		buf_printf(out, "%s%llu %s", sep,
		    (unsigned long long)c->count[k],
		    change_kind_name((enum change_kind)k));
		sep = ", ";
	}
	buf_puts(out, "; widest: ");
	names_put_set(out, &r->names, x->from);
	buf_puts(out, " -> ");
	names_put_set(out, &r->names, x->to);
	buf_putc(out, ' ');
	names_put_ports(out, &r->names, x->ports, x->nports);
	put_recorded(out, r);
	put_unseen_count(out, c);
}

void
changes_put_list(struct buf *out, const struct changes_report *r)
{
	VEC_FOREACH (x, &r->changes->v)
		put_change(out, r, x);
	changes_put_besides(out, r);
}

void
changes_put_text(struct buf *out, const struct changes_report *r)
{
	changes_put_list(out, r);
	changes_put_plan(out, r);
	buf_putc(out, '\n');
}

/* ---- Markdown ---- */

static void
put_row(struct buf *out, const struct changes_report *r, const struct change *x)
{
	struct change_answer answer;

	buf_printf(out, "| %s | ", change_kind_name(x->kind));
	names_put_set(out, &r->names, x->from);
	buf_puts(out, " | ");
	names_put_set(out, &r->names, x->to);
	buf_puts(out, " | ");
	names_put_ports(out, &r->names, x->ports, x->nports);
	for (int side = 0; side < 2; side++) {
		change_explain(&answer, r->names.arena, r->names.scratch,
		    &r->changes->actors, side, &x->witness);
		buf_puts(out, " | ");
		changes_put_answer(out, r, side, &answer);
	}
	if (r->traffic)
		buf_printf(out, " | %s", changes_recorded(r, x));
	if (r->upgrade) {
		buf_puts(out, " | ");
		changes_put_because(out, r->upgrade, x->tried);
	}
	buf_puts(out, " |\n");
}

void
changes_put_markdown(struct buf *out, const struct changes_report *r)
{
	const struct changes *c = r->changes;
	size_t start = out->n, shown = 0;

	buf_puts(out, "**Network policy:** ");
	changes_put_plan(out, r);
	buf_puts(out, "\n\n");
	if (c->v.n > 0)
		buf_printf(out,
		    "| | from | to | ports | before | after |%s\n"
		    "| --- | --- | --- | --- | --- | --- |%s\n",
		    r->traffic       ? " recorded |"
			: r->upgrade ? " because |"
				     : "",
		    r->traffic || r->upgrade ? " --- |" : "");
	VEC_FOREACH (x, &c->v) {
		struct buf row;

		buf_init(&row, r->names.arena);
		put_row(&row, r, x);
		if (out->n - start + row.n > MARKDOWN_ROOM)
			break;
		buf_put(out, row.p, row.n);
		shown++;
	}
	if (shown < c->v.n)
		buf_printf(out, "\nand %zu more, which are not shown\n",
		    c->v.n - shown);
}
