/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From events, connection tracking and the flags of TCP.
 */
#include "replay/opens.h"

#include <netinet/in.h>
#include <netinet/icmp6.h>

#include "cilium/reason.h"

/* Types of ICMP that answer, and those of neighbours. */
static enum opening
opening_of_icmp(const struct record *r)
{
	if (!r->has_port)
		return OPENING_YES;
	if (r->proto == IPPROTO_ICMP) {
		if (r->port == 0 || r->port == 14 || r->port == 16)
			return OPENING_REPLY;
		return r->port == 3 || r->port == 11 || r->port == 12
		    ? OPENING_ESTABLISHED
		    : OPENING_YES;
	}
	if (r->port >= ND_ROUTER_SOLICIT && r->port <= ND_REDIRECT)
		return OPENING_NO_FLOW;
	if (r->port == ICMP6_ECHO_REPLY)
		return OPENING_REPLY;
	return r->port < ICMP6_ECHO_REQUEST ? OPENING_ESTABLISHED : OPENING_YES;
}

static enum opening
opening_of_state(enum record_state state)
{
	switch (state) {
	case RECORD_REPLY:
		return OPENING_REPLY;
	case RECORD_ESTABLISHED:
	case RECORD_RELATED:
		return OPENING_ESTABLISHED;
	case RECORD_NEW:
		return OPENING_YES;
	case RECORD_STATE_UNSAID:
		break;
	}
	return OPENING_UNKNOWN;
}

static enum opening
opening_of_tcp(const struct record *r)
{
	if (r->syn == RECORD_YES)
		return r->ack == RECORD_YES ? OPENING_REPLY : OPENING_YES;
	return OPENING_ESTABLISHED;
}

enum opening
opening_of(const struct record *r)
{
	enum opening by_state = opening_of_state(r->state);
	bool icmp = r->proto == IPPROTO_ICMP || r->proto == IPPROTO_ICMPV6;

	if (r->reply == RECORD_YES || r->backward ||
	    r->message == RECORD_RESPONSE)
		return OPENING_REPLY;
	if (r->message != RECORD_MESSAGE_NONE ||
	    r->event == RECORD_EVENT_SOCKET)
		return OPENING_YES;
	if (by_state == OPENING_REPLY || by_state == OPENING_ESTABLISHED)
		return by_state;
	if (icmp)
		return opening_of_icmp(r);
	if (r->proto == IPPROTO_TCP && r->syn != RECORD_UNSAID)
		return opening_of_tcp(r);
	if (r->event == RECORD_EVENT_VERDICT || r->reply == RECORD_NO ||
	    by_state == OPENING_YES)
		return OPENING_YES;
	/* What was dropped has wanted to open something. */
	if (r->verdict == RECORD_DROPPED)
		return OPENING_YES;
	return OPENING_UNKNOWN;
}

enum opening
opening_by_ports(const struct replay_ends *x, const struct record *r,
    const struct query_end *from, const struct query_end *to)
{
	if (r->has_port && replay_serves(x, to, r->proto, r->port))
		return OPENING_YES;
	if (r->has_source_port &&
	    replay_serves(x, from, r->proto, r->source_port))
		return OPENING_REPLY;
	return OPENING_UNKNOWN;
}

enum replay_then
replay_then(const struct record *r)
{
	if (r->before_policy || r->event == RECORD_EVENT_SOCKET)
		return REPLAY_THEN_NONE;
	switch (r->verdict) {
	case RECORD_VERDICT_NONE:
		break;
	case RECORD_PASSED:
		return REPLAY_THEN_FORWARDED;
	case RECORD_DROPPED:
		if (r->reason == 0 || r->reason == REASON_POLICY_DENIED ||
		    r->reason == REASON_POLICY_DENY ||
		    r->reason == REASON_AUTH_REQUIRED)
			return REPLAY_THEN_DROPPED;
		break;
	}
	return REPLAY_THEN_NONE;
}
