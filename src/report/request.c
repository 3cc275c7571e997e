/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for what proxies let pass, and for why they do or do not.
 */
#include "report/request.h"

#include "base/buf.h"

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

/* NAME between WORDS, and VALUE after. */
static const char *
join(struct arena *a, const char *before, struct str name, const char *after,
    struct str value)
{
	return arena_printf(a, "%s" STR_FMT "%s" STR_FMT, before, STR_ARG(name),
	    after, STR_ARG(value));
}

const char *
request_why_text(struct arena *a, const struct request_match *m)
{
	static const struct str none = STR("");

	switch (m->why) {
	case REQUEST_MATCHES:
		return NULL;
	case REQUEST_NOT_GIVEN:
		return join(a, "no --", m->name, " was given", none);
	case REQUEST_DIFFERS:
		return join(a, "", m->name, " is not ", m->value);
	case REQUEST_INCOMPARABLE:
		return join(a, "", m->name, " cannot be compared with ",
		    m->value);
	case REQUEST_HEADER_NOT_GIVEN:
		return join(a, "header ", m->name, " was not given", none);
	case REQUEST_HEADER_MISSING:
		return join(a, "header ", m->name, " is missing", none);
	case REQUEST_HEADER_DIFFERS:
		return join(a, "header ", m->name, " is not ", m->value);
	case REQUEST_HEADER_SECRET:
		return join(a, "the value of header ", m->name,
		    " is in a secret", none);
	case REQUEST_NOT_HTTP:
		return "it is for HTTP requests, not DNS queries";
	case REQUEST_NOT_DNS:
		return "it is for DNS queries, and no --dns was given";
	case REQUEST_NAMELESS:
		return "a rule without a name matches nothing";
	case REQUEST_NAME_DIFFERS:
		return join(a, "name is not ", m->value, "", none);
	case REQUEST_SNI_NOT_GIVEN:
		return "no --sni was given";
	case REQUEST_SNI_DIFFERS:
		return "server name is none of its serverNames";
	case REQUEST_SNI_UNSETTLED:
		return "what its serverNames match is not settled";
	case REQUEST_LISTENER:
		return "what the Envoy listener does is not in the policy";
	}
	return NULL;
}

const char *
request_cause_text(enum request_cause cause)
{
	switch (cause) {
	case REQUEST_BY_RULES:
		return NULL;
	case REQUEST_BY_NO_RULE:
		return "no rule tells what passes on this port";
	case REQUEST_BY_RANGE:
		return "a range of ports begins at 0";
	case REQUEST_BY_OWN_NODE:
		return "every request of a pod's own node passes";
	case REQUEST_BY_OWN_NODE_UNSETTLED:
		return "whether a proxy holds back the pod's own node is not "
		       "settled";
	}
	return NULL;
}

const char *
request_refusal(enum ir_parser parser)
{
	switch (parser) {
	case IR_PARSER_HTTP:
		return "HTTP 403";
	case IR_PARSER_DNS:
		return "DNS REFUSED";
	case IR_PARSER_TLS:
		return "connection closed";
	case IR_PARSER_NONE:
	case IR_PARSER_CRD:
		return "";
	}
	return "";
}
