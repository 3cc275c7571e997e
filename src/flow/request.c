/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request against the rules of a proxy (semantics.md 6.5, 6.6, 10.5).
 */
#include "flow/request.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "cilium/version.h"
#include "lang/fqdn.h"

/* One rule being tried, and the worst of its fields so far. */
struct trial {
	struct matcher *matcher;
	const struct request *req;
	struct version cilium;
	struct request_match result;
};

/* What a pattern compiles to; NULL: nothing that the engine can match. */
struct pattern {
	const struct lang_regex *re;
};

void
matcher_init(struct matcher *x, struct arena *a, struct arena *scratch)
{
	*x = (struct matcher){.arena = a, .scratch = scratch};
	map_init(&x->patterns, a);
}

static const struct lang_regex *
compiled(struct matcher *x, struct str text)
{
	void **slot = map_put(&x->patterns, text.s, text.n);
	char error[128];

	if (!*slot) {
		struct pattern *p = ARENA_NEW(x->arena, struct pattern);

		p->re =
		    lang_regex_compile(x->arena, text, error, sizeof(error));
		*slot = p;
	}
	return ((struct pattern *)*slot)->re;
}

static enum lang_match
match_regex(struct matcher *x, struct str pattern, struct str text)
{
	const struct lang_regex *re = compiled(x, pattern);

	return re ? lang_regex_match(re, x->scratch, text) : LANG_MATCH_UNKNOWN;
}

/* A field's outcome: one that does not match settles it. */
static void
note(struct trial *t, struct request_match field)
{
	struct request_match *r = &t->result;

	if (field.match == LANG_MATCH || r->match == LANG_NO_MATCH)
		return;
	if (field.match == LANG_NO_MATCH || r->match == LANG_MATCH)
		*r = field;
}

/* The same where no name or value is part of the reason. */
static void
note_plain(struct trial *t, enum lang_match match, enum request_why why)
{
	note(t, (struct request_match){.match = match, .why = why});
}

/* A regular expression for the whole of a field; an empty one is none. */
static void
try_field(struct trial *t, struct str name, const struct ast_str *pattern,
    struct str value)
{
	struct request_match m = {.name = name, .value = pattern->v};

	if (!pattern->present || pattern->v.n == 0)
		return;
	if (value.s) {
		m.match = match_regex(t->matcher, pattern->v, value);
		m.why = m.match == LANG_NO_MATCH ? REQUEST_DIFFERS
						 : REQUEST_INCOMPARABLE;
	} else {
		m.match = LANG_MATCH_UNKNOWN;
		m.why = REQUEST_NOT_GIVEN;
	}
	note(t, m);
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
	buf_init(&b, t->matcher->scratch);
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
	struct request_match m = {.name = name, .value = value};

	if (!have.s && is_always_there(name)) {
		m.match = value.s ? LANG_MATCH_UNKNOWN : LANG_MATCH;
		m.why = REQUEST_HEADER_NOT_GIVEN;
	} else if (!have.s) {
		m.why = REQUEST_HEADER_MISSING;
	} else if (value.s && !str_eq(have, value)) {
		m.why = REQUEST_HEADER_DIFFERS;
	} else {
		m.match = LANG_MATCH;
	}
	note(t, m);
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
		note(t,
		    (struct request_match){.match = LANG_MATCH_UNKNOWN,
			.why = REQUEST_HEADER_SECRET,
			.name = m->name.v});
}

static void
try_http(struct trial *t, const struct ast_http_rule *h)
{
	if (t->req->dns.s) {
		note_plain(t, LANG_MATCH_UNKNOWN, REQUEST_NOT_HTTP);
		return;
	}
	try_field(t, STR("method"), &h->method, t->req->method);
	try_field(t, STR("path"), &h->path, t->req->path);
	try_field(t, STR("host"), &h->host, t->req->host);
	for (uint32_t i = 0; i < h->headers.n; i++)
		try_written_header(t, h->headers.v[i].v);
	for (uint32_t i = 0; i < h->header_matches.n; i++)
		try_header_match(t, &h->header_matches.v[i]);
}

struct str
request_dns_name(struct arena *a, struct version cilium,
    const struct ast_fqdn_selector *d)
{
	bool is_name = d->match_name.present;
	struct str text = is_name ? d->match_name.v : d->match_pattern.v;

	return text.n == 0 ? text
			   : lang_fqdn_regex(a, text, is_name,
				 version_has(cilium, VERSION_FQDN_DEPTH));
}

static void
try_dns(struct trial *t, const struct ast_fqdn_selector *d)
{
	struct arena *scratch = t->matcher->scratch;
	bool is_name = d->match_name.present;
	struct request_match m = {.why = REQUEST_NAME_DIFFERS,
	    .value = is_name ? d->match_name.v : d->match_pattern.v};

	if (!t->req->dns.s) {
		note_plain(t, LANG_MATCH_UNKNOWN, REQUEST_NOT_DNS);
		return;
	}
	if (m.value.n == 0) {
		note_plain(t, LANG_NO_MATCH, REQUEST_NAMELESS);
		return;
	}
	m.match =
	    match_regex(t->matcher, request_dns_name(scratch, t->cilium, d),
		lang_fqdn_normal(scratch, t->req->dns));
	note(t, m);
}

/* Whether a server name is compared as it is. */
static bool
is_plain(struct version cilium, struct str pattern)
{
	return !memchr(pattern.s, '*', pattern.n) ||
	    !version_has(cilium, VERSION_SERVER_NAME_STARS);
}

struct str
request_server_name(struct arena *a, struct version cilium, struct str pattern)
{
	return is_plain(cilium, pattern)
	    ? lang_fqdn_normal(a, pattern)
	    : lang_fqdn_regex(a, pattern, false, true);
}

/*
 * Whether a server name is what serverNames has.  What several stars in a row
 * mean is settled only for a leading "**.".
 */
static enum lang_match
match_server_name(struct trial *t, struct str pattern)
{
	struct arena *scratch = t->matcher->scratch;
	struct str sni = lang_fqdn_normal(scratch, t->req->sni);
	struct str tail = pattern;

	if (is_plain(t->cilium, pattern))
		return str_eq(lang_fqdn_normal(scratch, pattern), sni)
		    ? LANG_MATCH
		    : LANG_NO_MATCH;
	if (str_starts(pattern, STR("**.")))
		tail = (struct str){pattern.s + 3, pattern.n - 3};
	if (memmem(tail.s, tail.n, "**", 2))
		return LANG_MATCH_UNKNOWN;
	return match_regex(t->matcher,
	    request_server_name(scratch, t->cilium, pattern), sni);
}

static void
try_server_names(struct trial *t, const struct pmap_selector_policy *g)
{
	enum lang_match best = LANG_NO_MATCH;

	if (g->nnames == 0)
		return;
	if (!t->req->sni.s) {
		note_plain(t, LANG_MATCH_UNKNOWN, REQUEST_SNI_NOT_GIVEN);
		return;
	}
	for (uint32_t i = 0; i < g->nnames && best != LANG_MATCH; i++) {
		enum lang_match m = match_server_name(t, g->names[i].name->v);

		if (m != LANG_NO_MATCH)
			best = m;
	}
	note_plain(t, best,
	    best == LANG_NO_MATCH ? REQUEST_SNI_DIFFERS
				  : REQUEST_SNI_UNSETTLED);
}

struct request_match
request_match(struct matcher *x, const struct request *r, struct version cilium,
    const struct pmap_selector_policy *g, const struct pmap_l7_rule *rule)
{
	struct trial t = {.matcher = x,
	    .req = r,
	    .cilium = cilium,
	    .result = {.match = LANG_MATCH}};

	if (g->parser == IR_PARSER_CRD)
		note_plain(&t, LANG_MATCH_UNKNOWN, REQUEST_LISTENER);
	try_server_names(&t, g);
	if (rule->http)
		try_http(&t, rule->http);
	else if (rule->dns)
		try_dns(&t, rule->dns);
	arena_reset(x->scratch);
	return t.result;
}

bool
request_is_asked(const struct request *r)
{
	return r->method.s || r->path.s || r->host.s || r->headers.n > 0 ||
	    r->dns.s || r->sni.s;
}

/* Whether the rules of G are asked about the peer. */
static bool
is_for_peer(const struct proxied *p, const struct pmap_selector_policy *g)
{
	return g->level == p->level &&
	    bitset_test(world_selected(p->world, g->selector), p->peer.i) &&
	    (!g->peers || bitset_test(g->peers, p->peer.i));
}

/* The DNS proxy keeps its rules by port: semantics.md 6.5. */
static bool
is_for_port(const struct proxied *p, const struct pmap_selector_policy *g)
{
	if (p->dns && (g->port != p->port || g->proto != p->proto))
		return false;
	return pmap_selector_policy_covers(g, p->proto, p->port);
}

const struct pmap_selector_policy *
proxied_next(const struct proxied *p, uint32_t *at)
{
	while (*at < p->direction->nselector_policies) {
		const struct pmap_selector_policy *g =
		    &p->direction->selector_policies[(*at)++];

		if (is_for_peer(p, g) && is_for_port(p, g))
			return g;
	}
	return NULL;
}

enum ir_parser
proxied_parser(const struct proxied *p)
{
	enum ir_parser parser = IR_PARSER_NONE;

	for (uint32_t i = 0; i < p->direction->nselector_policies; i++) {
		if (p->direction->selector_policies[i].redirect == p->redirect)
			parser = p->direction->selector_policies[i].parser;
	}
	return parser;
}

/* The map takes a range from port 0 as every port; the proxy may not. */
static bool
is_past_range_from_zero(const struct proxied *p)
{
	for (uint32_t i = 0; i < p->direction->nselector_policies; i++) {
		const struct pmap_selector_policy *g =
		    &p->direction->selector_policies[i];

		if (g->port == 0 && g->end != 0 && g->end < p->port &&
		    is_for_peer(p, g))
			return true;
	}
	return false;
}

/* By the rules alone; whether there is one is in *RET_ANY. */
static enum request_answer
answer_by_rules(struct matcher *x, const struct request *r,
    const struct proxied *p, bool *ret_any)
{
	enum request_answer answer = REQUEST_REFUSED;
	const struct pmap_selector_policy *g;
	bool any = false;

	for (uint32_t at = 0; (g = proxied_next(p, &at));) {
		for (uint32_t i = 0; i < g->nrules; i++) {
			enum lang_match m = request_match(x, r,
			    p->world->ir->opt.cilium, g, &g->rules[i])
						.match;

			any = true;
			if (m == LANG_MATCH)
				answer = REQUEST_PASSES;
			else if (m == LANG_MATCH_UNKNOWN &&
			    answer == REQUEST_REFUSED)
				answer = REQUEST_UNKNOWN;
		}
	}
	*ret_any = any;
	return answer;
}

struct request_result
request_judge(struct matcher *x, const struct request *r,
    const struct proxied *p)
{
	bool any;
	struct request_result result = {answer_by_rules(x, r, p, &any),
	    REQUEST_BY_RULES};

	if (!any)
		result.cause = REQUEST_BY_NO_RULE;
	else if (is_past_range_from_zero(p))
		result.cause = REQUEST_BY_RANGE;
	if (result.answer == REQUEST_REFUSED &&
	    result.cause != REQUEST_BY_RULES)
		result.answer = REQUEST_UNKNOWN;
	/* Another rule's allow does not tell what its listener does. */
	if (proxied_parser(p) == IR_PARSER_CRD)
		result.answer = REQUEST_UNKNOWN;
	return result;
}
