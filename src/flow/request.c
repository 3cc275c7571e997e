/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/request.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "lang/fqdn.h"
#include "cilium/version.h"

/* One rule being tried: the worst of its fields so far. */
struct trial {
	struct arena *arena;
	const struct request *req;
	unsigned cilium;
	enum lang_match match;
	const char *why;
};

static const char *
quote(struct arena *a, const char *before, struct str s, const char *after)
{
	return arena_printf(a, "%s" STR_FMT "%s", before, STR_ARG(s), after);
}

/* A field's outcome: one that does not match settles it. */
static void
note(struct trial *t, enum lang_match m, const char *why)
{
	if (m == LANG_MATCH || t->match == LANG_NO_MATCH)
		return;
	if (m == LANG_NO_MATCH || t->match == LANG_MATCH) {
		t->match = m;
		t->why = why;
	}
}

static enum lang_match
match_regex(struct trial *t, struct str pattern, struct str text)
{
	char error[128];
	struct arena scratch = {0};
	const struct lang_regex *re =
	    lang_regex_compile(t->arena, pattern, error, sizeof(error));
	enum lang_match m = LANG_MATCH_UNKNOWN;

	if (re)
		m = lang_regex_match(re, &scratch, text);
	arena_free(&scratch);
	return m;
}

/* A regular expression for the whole of a field; an empty one is none. */
static void
try_field(struct trial *t, const char *name, const struct ast_str *pattern,
    struct str value)
{
	enum lang_match m;

	if (!pattern->present || pattern->v.n == 0)
		return;
	if (!value.s) {
		note(t, LANG_MATCH_UNKNOWN,
		    arena_printf(t->arena, "no --%s was given", name));
		return;
	}
	m = match_regex(t, pattern->v, value);
	note(t, m,
	    quote(t->arena,
		arena_printf(t->arena, "%s %s ", name,
		    m == LANG_NO_MATCH ? "is not" : "cannot be compared with"),
		pattern->v, ""));
}

static bool
same_name(struct str a, struct str b)
{
	return a.n == b.n && strncasecmp(a.s, b.s, a.n) == 0;
}

/* The value of a header, of several of the name joined; .s NULL: none. */
static struct str
header_value(const struct trial *t, struct str name)
{
	struct buf b;
	bool found = false;

	if (same_name(name, STR("host")) || same_name(name, STR(":authority")))
		return t->req->host;
	if (same_name(name, STR(":path")))
		return t->req->path;
	if (same_name(name, STR(":method")))
		return t->req->method;
	buf_init(&b, t->arena);
	buf_puts(&b, "");
	VEC_FOREACH (h, &t->req->headers) {
		if (!same_name(h->name, name))
			continue;
		if (found)
			buf_putc(&b, ',');
		buf_str(&b, h->value);
		found = true;
	}
	return found ? buf_as_str(&b) : (struct str){0};
}

/* Headers that every request has, so that "not given" is not "absent". */
static bool
is_always_there(struct str name)
{
	return same_name(name, STR("host")) || (name.n > 0 && name.s[0] == ':');
}

/* VALUE .s NULL: the header is to be there, whatever it says. */
static void
try_header(struct trial *t, struct str name, struct str value)
{
	struct str have = header_value(t, name);

	if (!have.s && is_always_there(name))
		note(t, value.s ? LANG_MATCH_UNKNOWN : LANG_MATCH,
		    quote(t->arena, "header ", name, " was not given"));
	else if (!have.s)
		note(t, LANG_NO_MATCH,
		    quote(t->arena, "header ", name, " is missing"));
	else if (value.s && !str_eq(have, value))
		note(t, LANG_NO_MATCH,
		    quote(t->arena,
			quote(t->arena, "header ", name, " is not "), value,
			""));
}

/* "Name: value" or "Name", as the agent takes them apart. */
static void
try_written_header(struct trial *t, struct str text)
{
	const char *space = memchr(text.s, ' ', text.n);
	struct str name = text, value = {0};

	if (space) {
		name.n = (size_t)(space - text.s);
		value = (struct str){space + 1, text.n - name.n - 1};
		while (name.n > 0 && name.s[name.n - 1] == ':')
			name.n--;
	}
	try_header(t, name, value);
}

static void
try_header_match(struct trial *t, const struct ast_header_match *m)
{
	struct str value = {0};

	/* With an action the header is mended, and the rule matches. */
	if (m->mismatch.present && m->mismatch.v.n > 0)
		return;
	if (!m->secret && m->value.present && m->value.v.n > 0)
		value = m->value.v;
	try_header(t, m->name.v, value);
	if (m->secret)
		note(t, LANG_MATCH_UNKNOWN,
		    quote(t->arena, "the value of header ", m->name.v,
			" is in a secret"));
}

static void
try_http(struct trial *t, const struct ast_http_rule *h)
{
	if (t->req->dns.s) {
		note(t, LANG_MATCH_UNKNOWN,
		    "it is for HTTP requests, not DNS queries");
		return;
	}
	try_field(t, "method", &h->method, t->req->method);
	try_field(t, "path", &h->path, t->req->path);
	try_field(t, "host", &h->host, t->req->host);
	for (uint32_t i = 0; i < h->headers.n; i++)
		try_written_header(t, h->headers.v[i].v);
	for (uint32_t i = 0; i < h->header_matches.n; i++)
		try_header_match(t, &h->header_matches.v[i]);
}

static void
try_dns(struct trial *t, const struct ast_fqdn_selector *d)
{
	bool is_name = d->match_name.present;
	struct str text = is_name ? d->match_name.v : d->match_pattern.v, name;
	enum lang_match m;

	if (!t->req->dns.s) {
		note(t, LANG_MATCH_UNKNOWN,
		    "it is for DNS queries, and no --dns was given");
		return;
	}
	if (text.n == 0) {
		note(t, LANG_NO_MATCH, "a rule without a name matches nothing");
		return;
	}
	name = lang_fqdn_normal(t->arena, t->req->dns);
	m = match_regex(t,
	    lang_fqdn_regex(t->arena, text, is_name,
		version_has(t->cilium, VERSION_FQDN_DEPTH)),
	    name);
	note(t, m, quote(t->arena, "name is not ", text, ""));
}

/*
 * Whether a server name is what serverNames has.  Stars are of Cilium 1.19;
 * what several in a row mean is settled only for a leading "**.".
 */
static enum lang_match
match_server_name(struct trial *t, struct str pattern)
{
	struct str sni = lang_fqdn_normal(t->arena, t->req->sni);
	struct str tail = pattern;

	if (!memchr(pattern.s, '*', pattern.n))
		return str_eq(lang_fqdn_normal(t->arena, pattern), sni)
		    ? LANG_MATCH
		    : LANG_NO_MATCH;
	if (str_starts(pattern, STR("**.")))
		tail = (struct str){pattern.s + 3, pattern.n - 3};
	if (t->cilium < 119 || memmem(tail.s, tail.n, "**", 2))
		return LANG_MATCH_UNKNOWN;
	return match_regex(t, lang_fqdn_regex(t->arena, pattern, false, true),
	    sni);
}

static void
try_server_names(struct trial *t, const struct pmap_selector_policy *g)
{
	enum lang_match best = LANG_NO_MATCH;

	if (g->nnames == 0)
		return;
	if (!t->req->sni.s) {
		note(t, LANG_MATCH_UNKNOWN, "no --sni was given");
		return;
	}
	for (uint32_t i = 0; i < g->nnames && best != LANG_MATCH; i++) {
		enum lang_match m = match_server_name(t, g->names[i].name->v);

		if (m != LANG_NO_MATCH)
			best = m;
	}
	note(t, best,
	    best == LANG_NO_MATCH
		? "server name is none of its serverNames"
		: "what its serverNames match is not settled");
}

static struct request_try
try_rule(struct arena *a, const struct query *q, unsigned cilium,
    const struct pmap_selector_policy *g, const struct pmap_l7_rule *r)
{
	struct trial t = {.arena = a,
	    .req = &q->request,
	    .cilium = cilium,
	    .match = LANG_MATCH};

	if (g->parser == IR_PARSER_CRD)
		note(&t, LANG_MATCH_UNKNOWN,
		    "what the Envoy listener does is not in the policy");
	try_server_names(&t, g);
	if (r->http)
		try_http(&t, r->http);
	else if (r->dns)
		try_dns(&t, r->dns);
	return (struct request_try){g, r, t.match, t.why};
}

bool
request_is_asked(const struct query *q)
{
	const struct request *r = &q->request;

	return r->method.s || r->path.s || r->host.s || r->headers.n > 0 ||
	    r->dns.s || r->sni.s;
}

static void
answer(struct request_result *r)
{
	if (r->tries.n == 0)
		r->why = "no rule tells what passes on this port";
	r->answer = !r->why ? REQUEST_REFUSED : REQUEST_UNKNOWN;
	VEC_FOREACH (t, &r->tries) {
		if (t->match == LANG_MATCH)
			r->answer = REQUEST_PASSES;
		else if (t->match == LANG_MATCH_UNKNOWN &&
		    r->answer == REQUEST_REFUSED)
			r->answer = REQUEST_UNKNOWN;
	}
	/* Another rule's allow does not tell what its listener does. */
	if (r->parser == IR_PARSER_CRD)
		r->answer = REQUEST_UNKNOWN;
}

void
request_judge(struct request_result *ret, struct arena *a,
    const struct query *q, const struct world *w,
    const struct pmap_direction *direction, ident_idx_t peer, uint16_t port,
    uint32_t level, uint16_t redirect)
{
	*ret = (struct request_result){0};
	for (uint32_t i = 0; i < direction->nselector_policies; i++) {
		const struct pmap_selector_policy *g =
		    &direction->selector_policies[i];

		if (g->redirect == redirect)
			ret->parser = g->parser;
		if (g->level != level ||
		    !bitset_test(world_selected(w, g->selector), peer.i))
			continue;
		/* The map takes it as every port; the proxy may not. */
		if (g->port == 0 && g->end != 0 && g->end < port)
			ret->why = "a range of ports begins at 0";
		if (!pmap_selector_policy_covers(g, q->proto, port))
			continue;
		for (uint32_t k = 0; k < g->nrules; k++)
			*vec_push(&ret->tries, a) =
			    try_rule(a, q, w->ir->opt.cilium, g, &g->rules[k]);
	}
	answer(ret);
}

static void
put_item(struct buf *b, const char *name, struct str value)
{
	if (value.n > 0)
		buf_printf(b, "%s%s" STR_FMT, b->n > 0 ? ", " : "", name,
		    STR_ARG(value));
}

static void
describe_http(struct buf *b, const struct ast_http_rule *h)
{
	put_item(b, "method ", h->method.v);
	put_item(b, "path ", h->path.v);
	put_item(b, "host ", h->host.v);
	for (uint32_t i = 0; i < h->headers.n; i++)
		put_item(b, "header ", h->headers.v[i].v);
	for (uint32_t i = 0; i < h->header_matches.n; i++)
		put_item(b, "header ", h->header_matches.v[i].name.v);
}

const char *
request_describe(struct arena *a, const struct request_try *t)
{
	struct buf b;

	buf_init(&b, a);
	for (uint32_t i = 0; i < t->selector_policy->nnames; i++)
		put_item(&b, "server name ",
		    t->selector_policy->names[i].name->v);
	if (t->rule->http) {
		describe_http(&b, t->rule->http);
	} else if (t->rule->dns) {
		put_item(&b, "name ", t->rule->dns->match_name.v);
		put_item(&b, "names ", t->rule->dns->match_pattern.v);
		if (b.n == 0)
			buf_puts(&b, "no query");
	}
	if (t->selector_policy->parser == IR_PARSER_CRD)
		buf_puts(&b, "what the Envoy listener lets");
	else if (b.n == 0)
		buf_puts(&b,
		    t->rule->default_allow
			? "every request: no policy asks for default deny"
			: "every request");
	return b.p;
}
