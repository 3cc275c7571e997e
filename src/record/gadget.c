/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of Inspektor Gadget's trace_tcp: connections that programs made and
 * took.  At accept() the server is the source.
 */
#include "record/parts.h"

#include <netinet/in.h>

/* Of a pod; a Service and what is neither are known by their addresses. */
static void
read_owner(struct record_end *e, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key, kind = STR(""), name = STR(""), ns = STR("");

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "name"))
			scan_str(s, &name);
		else if (str_is(key, "namespace"))
			scan_str(s, &ns);
		else if (str_is(key, "kind"))
			scan_str(s, &kind);
		else
			scan_skip(s);
	}
	if (str_is(kind, "pod")) {
		e->pod = name;
		e->ns = ns;
	}
}

static void
read_end(struct record *r, struct record_end *e, uint16_t *port, bool *has,
    struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key, text;

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "addr") && scan_str(s, &text))
			record_set_ip(r, e, text);
		else if (str_is(key, "port"))
			*has = record_port(r, s, port);
		else if (str_is(key, "k8s"))
			read_owner(e, s);
		else
			scan_skip(s);
	}
}

/* The server's own address is the source. */
static void
turn(struct record *r)
{
	struct record_end end = r->from;
	uint16_t port = r->port;
	bool has = r->has_port;

	r->from = r->to;
	r->to = end;
	r->port = r->source_port;
	r->has_port = r->has_source_port;
	r->source_port = port;
	r->has_source_port = has;
}

static bool
is_loopback(const struct ip *ip)
{
	return ip->family == IP_V4 && ip->addr[0] == 127;
}

void
record_gadget(struct record *r, struct str line, struct arena *a)
{
	struct str key, type = STR(""), failure = STR("");
	struct scan_list in;
	struct scan s;

	r->proto = IPPROTO_TCP;
	scan_init(&s, line, a);
	for (in = scan_object(&s); scan_member(&s, &in, &key);) {
		if (str_is(key, "src"))
			read_end(r, &r->from, &r->source_port,
			    &r->has_source_port, &s);
		else if (str_is(key, "dst"))
			read_end(r, &r->to, &r->port, &r->has_port, &s);
		else if (str_is(key, "type"))
			scan_str(&s, &type);
		else if (str_is(key, "error"))
			scan_str(&s, &failure);
		else if (str_is(key, "timestamp"))
			scan_word(&s, &r->time);
		else
			scan_skip(&s);
	}
	if (!scan_end(&s)) {
		r->kind = RECORD_MALFORMED;
		return;
	}
	if (is_loopback(&r->from.ip) || is_loopback(&r->to.ip) ||
	    str_is(type, "close"))
		r->kind = RECORD_OTHER;
	r->at_end = true;
	r->end = str_is(type, "accept") ? DIR_INGRESS : DIR_EGRESS;
	if (str_is(type, "accept"))
		turn(r);
	r->state = RECORD_NEW;
	r->verdict = failure.n > 0 ? RECORD_VERDICT_NONE : RECORD_PASSED;
}
