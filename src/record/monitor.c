/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `cilium-dbg monitor -j` prints: drops and traces are JSON, with the
 * packet in words; policy verdicts are text.
 */
#include "base/num.h"
#include "record/parts.h"

#include <netinet/in.h>

/* Both values of "l3" or "l4". */
static void
read_pair(struct scan *s, struct str *ret_from, struct str *ret_to)
{
	struct scan_list in = scan_object(s);
	struct str key;

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "src"))
			scan_word(s, ret_from);
		else if (str_is(key, "dst"))
			scan_word(s, ret_to);
		else
			scan_skip(s);
	}
}

static enum record_answer
flag(struct str packet, const char *name, size_t n)
{
	const char *at = memmem(packet.s, packet.n, name, n);

	if (!at)
		return RECORD_UNSAID;
	return at[n] == 't' ? RECORD_YES : RECORD_NO;
}

static void
set_port(struct record *r, struct str text, uint16_t *ret, bool *ret_has)
{
	uint64_t port;

	if (text.n == 0)
		return;
	*ret_has = num_u64(text, UINT16_MAX, &port);
	*ret = (uint16_t)port;
	if (!*ret_has)
		r->kind = RECORD_MALFORMED;
}

/* The type in the words of a packet. */
static void
set_type(struct record *r, struct str packet)
{
	static const char name[] = "TypeCode=";
	const char *at = memmem(packet.s, packet.n, name, sizeof(name) - 1);

	r->has_port = at && memcmp(at + sizeof(name) - 1, "EchoRe", 6) == 0;
	r->port =
	    at && memcmp(at + sizeof(name) - 1, "EchoReq", 7) == 0 ? 8 : 0;
}

static void
read_summary(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key, packet, from = STR(""), to = STR("");
	struct str sport = STR(""), dport = STR("");

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "l3")) {
			read_pair(s, &from, &to);
		} else if (str_is(key, "l4")) {
			read_pair(s, &sport, &dport);
		} else if (str_is(key, "tcp") && scan_str(s, &packet)) {
			r->proto = IPPROTO_TCP;
			r->syn = flag(packet, "SYN=", 4);
			r->ack = flag(packet, "ACK=", 4);
		} else if (str_is(key, "udp")) {
			r->proto = IPPROTO_UDP;
			scan_skip(s);
		} else if (str_is(key, "sctp")) {
			r->proto = IPPROTO_SCTP;
			scan_skip(s);
		} else if (str_is(key, "icmpv4") && scan_str(s, &packet)) {
			r->proto = IPPROTO_ICMP;
			set_type(r, packet);
		} else {
			scan_skip(s);
		}
	}
	record_set_ip(r, &r->from, from);
	record_set_ip(r, &r->to, to);
	set_port(r, sport, &r->source_port, &r->has_source_port);
	if (r->proto != IPPROTO_ICMP)
		set_port(r, dport, &r->port, &r->has_port);
}

static void
set_state(struct record *r, struct str text)
{
	if (str_is(text, "new"))
		r->state = RECORD_NEW;
	else if (str_is(text, "established"))
		r->state = RECORD_ESTABLISHED;
	else if (str_is(text, "reply"))
		r->state = RECORD_REPLY;
	else if (str_is(text, "related"))
		r->state = RECORD_RELATED;
}

static void
set_type_of_line(struct record *r, struct str text)
{
	if (str_is(text, "drop")) {
		r->event = RECORD_EVENT_DROP;
		r->verdict = RECORD_DROPPED;
	} else if (str_is(text, "trace")) {
		r->event = RECORD_EVENT_TRACE;
		r->verdict = RECORD_PASSED;
	} else if (str_is(text, "logRecord")) {
		r->event = RECORD_EVENT_REQUEST;
	} else {
		r->kind = RECORD_OTHER;
	}
}

static void
set_point(struct record *r, struct str text)
{
	r->before_policy = str_starts(text, STR("from-"));
	r->at_end = str_is(text, "Ingress") || str_is(text, "Egress");
	r->end = str_is(text, "Egress") ? DIR_EGRESS : DIR_INGRESS;
	/* What is delivered has passed the far end, too. */
	if (str_is(text, "to-endpoint"))
		r->at_end = true;
}

static void
read_number(struct record_end *e, struct scan *s)
{
	uint64_t number;

	if (scan_u64(s, &number) && number <= UINT32_MAX)
		e->identity = (uint32_t)number;
}

/* "Host" and "Path" of a request, put together as a URL. */
static void
read_url(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key, host = STR(""), path = STR(""), query = STR("");

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "Host"))
			scan_str(s, &host);
		else if (str_is(key, "Path"))
			scan_str(s, &path);
		else if (str_is(key, "RawQuery"))
			scan_str(s, &query);
		else
			scan_skip(s);
	}
	r->url = str_of(arena_printf(s->arena,
	    "http://" STR_FMT STR_FMT "%s" STR_FMT, STR_ARG(host),
	    STR_ARG(path), query.n > 0 ? "?" : "", STR_ARG(query)));
}

static void
read_http(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	r->is_http = true;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "Method"))
			scan_str(s, &r->method);
		else if (str_is(key, "URL"))
			read_url(r, s);
		else
			scan_skip(s);
	}
}

static bool
read_log_member(struct record *r, struct scan *s, struct str key,
    struct record_reader *reader)
{
	struct str text;

	if (str_is(key, "srcEpLabels")) {
		r->from.labels = record_read_labels(reader, s, 0);
	} else if (str_is(key, "dstEpLabels")) {
		r->to.labels = record_read_labels(reader, s, 0);
	} else if (str_is(key, "flowType")) {
		if (scan_str(s, &text))
			r->message = str_is(text, "Request") ? RECORD_REQUEST
							     : RECORD_RESPONSE;
	} else if (str_is(key, "verdict")) {
		if (scan_str(s, &text))
			record_set_verdict(r, text);
	} else if (str_is(key, "http")) {
		read_http(r, s);
	} else {
		return false;
	}
	return true;
}

void
record_monitor(struct record *r, struct str line, struct record_reader *reader)
{
	struct scan_list in;
	struct str key, text;
	struct scan s;

	scan_init(&s, line, reader->arena);
	for (in = scan_object(&s); scan_member(&s, &in, &key);) {
		if (str_is(key, "type") && scan_str(&s, &text))
			set_type_of_line(r, text);
		else if (str_is(key, "reason") && scan_str(&s, &text))
			record_set_reason(r, text);
		else if (str_is(key, "state") && scan_str(&s, &text))
			set_state(r, text);
		else if (str_is(key, "observationPoint") && scan_str(&s, &text))
			set_point(r, text);
		else if (str_is(key, "srcLabel") || str_is(key, "srcIdentity"))
			read_number(&r->from, &s);
		else if (str_is(key, "dstLabel") || str_is(key, "dstIdentity"))
			read_number(&r->to, &s);
		else if (str_is(key, "summary"))
			read_summary(r, &s);
		else if (!read_log_member(r, &s, key, reader))
			scan_skip(&s);
	}
	if (!scan_end(&s))
		r->kind = RECORD_MALFORMED;
}
