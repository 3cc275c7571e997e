/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From answers to what is to be admitted; the trial of what comes of it.
 */
#include "cli/suggesting.h"

#include <stdlib.h>

#include "change/change.h"
#include "diag/printable.h"
#include "suggest/labels.h"
#include "suggest/suggest.h"

#define SUGGESTED "<suggested>" /* the name of their source */

struct suggesting {
	struct cli *cli;
	const struct options *o;
	struct unit *u;
	struct str ns;
	struct suggestions s;
	suggest_texts findings; /* of lint */
};

static void
refuse(struct suggesting *x, const struct replay_answer *a, const char *why)
{
	struct arena *perm = &x->u->perm;

	*vec_push(&x->s.refused, perm) =
	    arena_printf(perm, STR_FMT " -> " STR_FMT " %s: %s",
		STR_ARG(a->from->name), STR_ARG(a->to->name),
		query_print_port(perm, a->proto, a->port), why);
}

/* Whether a policy is wanted for the end DIR of P. */
static bool
is_wanted(const struct suggesting *x, const struct replay_pair *p,
    enum direction dir)
{
	if (!x->ns.s)
		return p->lacks[dir];
	return p->asked[dir] &&
	    str_eq(labels_namespace(&x->u->world,
		       dir == DIR_EGRESS ? p->from : p->to),
		x->ns);
}

static bool
ask_pair(struct suggesting *x, const struct replay_answer *a,
    const struct replay_pair *p)
{
	bool asked = false;

	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		bool egress = dir == DIR_EGRESS;
		struct suggest_ask ask = {
		    .subject = egress ? p->from : p->to,
		    .peer = egress ? p->to : p->from,
		    .dir = (enum direction)dir,
		    .proto = a->proto,
		    .port = p->port,
		    .ips = a->more->ips[egress].v,
		    .nips = a->more->ips[egress].n,
		};

		if (!is_wanted(x, p, (enum direction)dir))
			continue;
		suggest_ask(&x->s, &ask);
		asked = true;
	}
	return asked;
}

/* Whether the connections of A are to be admitted. */
static bool
is_meant(const struct suggesting *x, const struct replay_answer *a)
{
	if (!x->ns.s)
		return a->more->new_drop;
	for (int i = 0; i < 3; i++) {
		if (a->count[i].then[REPLAY_THEN_FORWARDED] > 0)
			return true;
	}
	return false;
}

static void
ask(struct suggesting *x, const struct replay_answer *a)
{
	bool asked = false;

	if (!is_meant(x, a))
		return;
	if (a->more->either) {
		refuse(x, a, "which of several pods the end is is not known");
		return;
	}
	if (a->more->ips[0].n > REPLAY_IPS_MAX ||
	    a->more->ips[1].n > REPLAY_IPS_MAX) {
		refuse(x, a, "it has too many addresses");
		return;
	}
	VEC_FOREACH (p, &a->more->pairs)
		asked |= ask_pair(x, a, p);
	if (!asked && !x->ns.s)
		refuse(x, a,
		    a->verdict == FLOW_REFUSED
			? "a proxy refuses the request"
			: "no rule is missing: one denies it, or the datapath");
}

/* ---- the trial ---- */

/* What lint has to say of the policies; what is refused is dropped. */
static void
keep_findings(struct suggesting *x, const struct unit *u)
{
	x->findings.n = 0;
	VEC_FOREACH (p, &u->sink.v) {
		const struct diag *d = *p;

		if (d->at.source == 0 || d->level < DIAG_WARNING ||
		    strcmp(u->sources.v.v[d->at.source - 1].name, SUGGESTED))
			continue;
		*vec_push(&x->findings, &x->u->perm) =
		    arena_printf(&x->u->perm, "%s [CNP%03u]", d->text, d->id);
		if (d->level >= DIAG_ERROR)
			suggest_drop(&x->s, "it is refused");
	}
}

/*
 * Compiles the policies with all else, and looks at what they do.  STATUS_OK;
 * *RET_AGAIN: some were dropped, so that the others are to be tried again.
 */
static int
try(struct suggesting *x, bool *ret_again)
{
	struct unit_options opt = x->o->unit;
	struct change_side side[2];
	struct changes c;
	struct unit u;
	struct buf text;
	int status = STATUS_OK;

	opt.report = NULL;
	buf_init(&text, &x->u->perm);
	buf_puts(&text, "");
	suggest_put(&text, &x->s);
	unit_init(&u, &opt);
	unit_add_source(&u, SUGGESTED, buf_as_str(&text));
	unit_run(&u, PASS_BIT(PMAP) | PASS_BIT(LINT));
	if (u.failure.error != 0 || !unit_ran(&u, PASS_PMAP)) {
		status = cli_system(x->cli, u.failure.error,
		    "cannot compile what is suggested");
	} else {
		keep_findings(x, &u);
		side[0] = (struct change_side){&x->u->pmaps, &x->u->objects,
		    &x->u->sources};
		side[1] =
		    (struct change_side){&u.pmaps, &u.objects, &u.sources};
		changes_find(&c, &u.perm, &u.scratch, side, 2);
		*ret_again = suggest_check(&x->s, &c);
	}
	unit_free(&u);
	return status;
}

static int
compare_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_comments(struct buf *out, const char *head, suggest_texts *texts)
{
	const char *last = NULL;

	/* Threads find answers in any order. */
	if (texts->n > 1)
		qsort(texts->v, texts->n, sizeof(*texts->v), compare_text);
	VEC_FOREACH (text, texts) {
		if (last && strcmp(last, *text) == 0)
			continue;
		last = *text;
		buf_printf(out, "# %s: ", head);
		printable_put(out, str_of(*text), SIZE_MAX);
		buf_putc(out, '\n');
	}
}

/* Pods of the namespace that the recording says nothing of; false: it has no
 * pods at all. */
static bool
find_unseen(struct suggesting *x, suggest_texts *ret)
{
	const struct world *w = &x->u->world;
	bool any = false;

	for (uint32_t i = 0; i < w->idents.n; i++) {
		const ident_idx_t id = {i};
		bool seen = false;

		if (w->idents.v[i].nendpoints == 0 ||
		    !str_eq(labels_namespace(w, id), x->ns))
			continue;
		any = true;
		VEC_FOREACH (p, &x->s.v)
			seen |= p->subject.i == i;
		if (!seen)
			*vec_push(ret, &x->u->perm) =
			    identity_print(&x->u->perm, w, id).s;
	}
	return any;
}

int
cli_suggest(struct cli *cli, const struct options *o, struct unit *u,
    const struct replay *r, struct str ns)
{
	struct suggesting x = {.cli = cli, .o = o, .u = u, .ns = ns};
	struct buf *out = &cli->out.buf;
	suggest_texts unseen = {0};
	bool again = true;
	int status = STATUS_OK;

	suggest_init(&x.s, &u->perm, &u->world);
	for (size_t i = 0; i < SHARED_MAP_PARTS; i++) {
		const struct map *part = &r->answers.part[i].map;

		for (uint32_t k = 0; k < part->n; k++)
			ask(&x, part->entry[k].value);
	}
	if (ns.s && !find_unseen(&x, &unseen))
		return cli_bad_input(cli, ns.s,
		    "the snapshot has no pods of this namespace");
	suggest_name(&x.s, &u->objects, ns.s ? "first" : "allow", !!ns.s);
	while (again && status == STATUS_OK && x.s.v.n > 0) {
		again = false;
		status = try(&x, &again);
	}
	if (status != STATUS_OK)
		return status;
	put_comments(out, "not admitted", &x.s.refused);
	put_comments(out, "not in the recording", &unseen);
	put_comments(out, "lint", &x.findings);
	suggest_put(out, &x.s);
	return x.s.refused.n > 0 ? STATUS_FINDINGS : STATUS_OK;
}
