/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flows of Hubble, as its exporter and `hubble observe -o json` write them.
 * Absent means the default of the field, enums are names or numbers, and
 * numbers of 64 bits are strings.
 */
#include <netinet/in.h>

#include "base/num.h"
#include "record/parts.h"

static const struct record_value directions[] = {
    {"INGRESS", "1", DIR_INGRESS},
    {"EGRESS", "2", DIR_EGRESS},
    {0},
};

static const struct record_value events[] = {
    {"1", "1", RECORD_EVENT_DROP},
    {"4", "4", RECORD_EVENT_TRACE},
    {"5", "5", RECORD_EVENT_VERDICT},
    {"7", "7", RECORD_EVENT_SOCKET},
    {"129", "129", RECORD_EVENT_REQUEST},
    {0},
};

static const struct record_value states[] = {
    {"NEW", "1", RECORD_NEW},
    {"ESTABLISHED", "2", RECORD_ESTABLISHED},
    {"REPLY", "3", RECORD_REPLY},
    {"RELATED", "4", RECORD_RELATED},
    {"REOPENED", "5", RECORD_NEW},
    {0},
};

bool
record_port(struct record *r, struct scan *s, uint16_t *ret)
{
	uint64_t port;

	if (!scan_u64(s, &port) || port > UINT16_MAX) {
		r->kind = RECORD_MALFORMED;
		return false;
	}
	*ret = (uint16_t)port;
	return true;
}

void
record_counter(struct record *r, struct scan *s)
{
	uint64_t n;

	r->aggregated = true;
	if (scan_u64(s, &n))
		r->records += n;
}

static enum record_answer
answer(struct scan *s)
{
	bool yes;

	if (!scan_bool(s, &yes))
		return RECORD_UNSAID;
	return yes ? RECORD_YES : RECORD_NO;
}

static void
read_flags(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	r->syn = r->ack = RECORD_NO;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "SYN"))
			r->syn = answer(s);
		else if (str_is(key, "ACK"))
			r->ack = answer(s);
		else
			scan_skip(s);
	}
}

/* The body of one protocol. */
static void
read_protocol(struct record *r, struct scan *s, uint8_t proto)
{
	struct scan_list in = scan_object(s);
	struct str key;

	r->proto = proto;
	/* A type of 0 is left out. */
	r->has_port = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "destination_port") || str_is(key, "type"))
			r->has_port = record_port(r, s, &r->port);
		else if (str_is(key, "source_port"))
			r->has_source_port = record_port(r, s, &r->source_port);
		else if (str_is(key, "flags"))
			read_flags(r, s);
		else
			scan_skip(s);
	}
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		r->family = proto == IPPROTO_ICMP ? IP_V4 : IP_V6;
}

void
record_l4(struct record *r, struct scan *s)
{
	static const struct record_value protocols[] = {{"TCP", "",
							    IPPROTO_TCP},
	    {"UDP", "", IPPROTO_UDP}, {"SCTP", "", IPPROTO_SCTP},
	    {"ICMPv4", "", IPPROTO_ICMP}, {"ICMPv6", "", IPPROTO_ICMPV6},
	    {"VRRP", "", 112}, {"IGMP", "", IPPROTO_IGMP}, {0}};
	struct scan_list in = scan_object(s);
	struct str key;

	while (scan_member(s, &in, &key)) {
		const struct record_value *v = record_value(protocols, key);

		if (v)
			read_protocol(r, s, (uint8_t)v->value);
		else
			scan_skip(s);
	}
}

void
record_workloads(struct record *r, struct record_end *e, struct scan *s)
{
	struct scan_list in = scan_array(s), of;
	struct str key;

	while (scan_item(s, &in)) {
		struct record_workload w = {STR(""), STR("")};

		for (of = scan_object(s); scan_member(s, &of, &key);) {
			if (str_is(key, "name"))
				scan_str(s, &w.name);
			else if (str_is(key, "kind"))
				scan_str(s, &w.kind);
			else
				scan_skip(s);
		}
		if (w.name.n > 0)
			*vec_push(&e->workloads, s->arena) = w;
	}
}

static void
read_strings(struct scan *s, struct str **ret_v, size_t *ret_n)
{
	struct scan_list in = scan_array(s);
	VEC(struct str) v = {0};
	struct str text;

	while (scan_item(s, &in)) {
		if (scan_str(s, &text))
			*vec_push(&v, s->arena) = text;
	}
	*ret_v = v.v;
	*ret_n = v.n;
}

/* An end but for its address, which is elsewhere; the last one counts. */
static void
read_end(struct record *r, struct record_end *e, struct scan *s,
    struct record_reader *reader)
{
	struct record_end read = {.ip = e->ip, .names = e->names};
	struct scan_list in;
	struct str key;
	const char *from;
	uint64_t number;

	*e = read;
	from = record_read_head(reader, s, &in, e);
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "labels")) {
			e->labels = record_read_labels(reader, s, e->identity);
			record_keep_head(reader, from, s->p, e);
		} else if (str_is(key, "identity")) {
			if (scan_u64(s, &number) && number <= UINT32_MAX)
				e->identity = (uint32_t)number;
		} else if (str_is(key, "namespace")) {
			scan_str(s, &e->ns);
		} else if (str_is(key, "pod_name")) {
			scan_str(s, &e->pod);
		} else if (str_is(key, "workloads")) {
			record_workloads(r, e, s);
		} else {
			scan_skip(s);
		}
	}
}

static void
read_addresses(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key, text;

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "source")) {
			if (scan_str(s, &text))
				record_set_ip(r, &r->from, text);
		} else if (str_is(key, "destination")) {
			if (scan_str(s, &text))
				record_set_ip(r, &r->to, text);
		} else if (str_is(key, "ipVersion")) {
			if (scan_word(s, &text) && r->family == 0)
				r->family =
				    str_is(text, "IPv4") || str_is(text, "1")
				    ? IP_V4
				    : IP_V6;
		} else {
			scan_skip(s);
		}
	}
}

static void
read_event_type(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key, text;

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "type") && scan_word(s, &text)) {
			const struct record_value *v =
			    record_value(events, text);

			r->event = v ? (enum record_event)v->value
				     : RECORD_EVENT_UNSAID;
		} else if (!str_is(key, "type")) {
			scan_skip(s);
		}
	}
}

static void
read_headers(struct record *r, struct scan *s)
{
	struct scan_list in = scan_array(s), of;
	struct str key;

	while (scan_item(s, &in)) {
		struct record_header h = {STR(""), STR("")};

		for (of = scan_object(s); scan_member(s, &of, &key);) {
			if (str_is(key, "key"))
				scan_str(s, &h.name);
			else if (str_is(key, "value"))
				scan_str(s, &h.value);
			else
				scan_skip(s);
		}
		*vec_push(&r->headers, s->arena) = h;
	}
}

static void
read_http(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	r->is_http = true;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "method"))
			scan_str(s, &r->method);
		else if (str_is(key, "url"))
			scan_str(s, &r->url);
		else if (str_is(key, "headers"))
			read_headers(r, s);
		else
			scan_skip(s);
	}
}

static void
read_dns(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	r->is_dns = true;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "query"))
			scan_str(s, &r->dns);
		else
			scan_skip(s);
	}
}

void
record_l7(struct record *r, struct scan *s)
{
	static const struct record_value messages[] = {
	    {"REQUEST", "1", RECORD_REQUEST},
	    {"RESPONSE", "2", RECORD_RESPONSE},
	    {0},
	};
	struct scan_list in = scan_object(s);
	struct str key, text;

	r->message = RECORD_MESSAGE_OTHER;
	while (scan_member(s, &in, &key)) {
		if (str_is(key, "type")) {
			const struct record_value *v = scan_word(s, &text)
			    ? record_value(messages, text)
			    : NULL;

			if (v)
				r->message = (enum record_message)v->value;
		} else if (str_is(key, "http")) {
			read_http(r, s);
		} else if (str_is(key, "dns")) {
			read_dns(r, s);
		} else {
			scan_skip(s);
		}
	}
	/* What is left out by a mask: an answer has a code or a reply. */
	if (r->message == RECORD_MESSAGE_OTHER && (r->is_http || r->is_dns))
		r->message = RECORD_REQUEST;
}

void
record_policies(struct record *r, struct scan *s, enum direction dir,
    bool denied)
{
	struct scan_list in = scan_array(s), of;
	struct str key;

	while (scan_item(s, &in)) {
		struct record_policy p = {STR(""), STR(""), STR("")};

		for (of = scan_object(s); scan_member(s, &of, &key);) {
			if (str_is(key, "name"))
				scan_str(s, &p.name);
			else if (str_is(key, "namespace"))
				scan_str(s, &p.ns);
			else if (str_is(key, "kind"))
				scan_str(s, &p.kind);
			else
				scan_skip(s);
		}
		*vec_push(&r->policies[dir][denied], s->arena) = p;
	}
}

static void
read_counters(struct record *r, struct scan *s)
{
	struct scan_list in = scan_object(s);
	struct str key;

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "ingress_flow_count") ||
		    str_is(key, "egress_flow_count") ||
		    str_is(key, "unknown_direction_flow_count"))
			record_counter(r, s);
		else
			scan_skip(s);
	}
}

static void
read_socket_point(struct record *r, struct scan *s)
{
	struct str text;

	if (!scan_word(s, &text))
		return;
	r->translated = str_is(text, "SOCK_XLATE_POINT_POST_DIRECTION_FWD");
	r->backward = str_is(text, "SOCK_XLATE_POINT_PRE_DIRECTION_REV") ||
	    str_is(text, "SOCK_XLATE_POINT_POST_DIRECTION_REV");
}

/* Members that are one word. */
static bool
read_word_member(struct record *r, struct scan *s, struct str key)
{
	const struct record_value *v;
	struct str text;

	if (str_is(key, "verdict")) {
		if (scan_word(s, &text))
			record_set_verdict(r, text);
	} else if (str_is(key, "traffic_direction")) {
		v = scan_word(s, &text) ? record_value(directions, text) : NULL;
		r->at_end = v;
		r->end = v ? (enum direction)v->value : DIR_INGRESS;
	} else if (str_is(key, "drop_reason_desc") ||
	    str_is(key, "drop_reason")) {
		if (scan_word(s, &text) && r->reason <= REASON_OTHER)
			record_set_reason(r, text);
	} else if (str_is(key, "trace_reason")) {
		v = scan_word(s, &text) ? record_value(states, text) : NULL;
		r->state =
		    v ? (enum record_state)v->value : RECORD_STATE_UNSAID;
	} else if (str_is(key, "trace_observation_point")) {
		r->before_policy =
		    scan_word(s, &text) && str_starts(text, STR("FROM_"));
	} else if (str_is(key, "time")) {
		scan_word(s, &r->time);
	} else if (str_is(key, "is_reply")) {
		r->reply = answer(s);
	} else if (str_is(key, "sock_xlate_point")) {
		read_socket_point(r, s);
	} else {
		return false;
	}
	return true;
}

static bool
read_list_member(struct record *r, struct scan *s, struct str key)
{
	if (str_is(key, "egress_allowed_by"))
		record_policies(r, s, DIR_EGRESS, false);
	else if (str_is(key, "ingress_allowed_by"))
		record_policies(r, s, DIR_INGRESS, false);
	else if (str_is(key, "egress_denied_by"))
		record_policies(r, s, DIR_EGRESS, true);
	else if (str_is(key, "ingress_denied_by"))
		record_policies(r, s, DIR_INGRESS, true);
	else if (str_is(key, "source_names"))
		read_strings(s, &r->from.names.v, &r->from.names.n);
	else if (str_is(key, "destination_names"))
		read_strings(s, &r->to.names.v, &r->to.names.n);
	else
		return false;
	return true;
}

void
record_flow(struct record *r, struct scan *s, struct record_reader *reader)
{
	struct scan_list in = scan_object(s);
	struct str key;

	while (scan_member(s, &in, &key)) {
		if (str_is(key, "source"))
			read_end(r, &r->from, s, reader);
		else if (str_is(key, "destination"))
			read_end(r, &r->to, s, reader);
		else if (str_is(key, "IP"))
			read_addresses(r, s);
		else if (str_is(key, "l4"))
			record_l4(r, s);
		else if (str_is(key, "l7"))
			record_l7(r, s);
		else if (str_is(key, "event_type"))
			read_event_type(r, s);
		else if (str_is(key, "aggregate"))
			r->aggregated = true, read_counters(r, s);
		else if (str_is(key, "extensions"))
			read_counters(r, s);
		else if (!read_word_member(r, s, key) &&
		    !read_list_member(r, s, key))
			scan_skip(s);
	}
}
