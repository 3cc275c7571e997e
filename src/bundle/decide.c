/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lookup of bpf-templates/policy.bpf.c in C: longest prefixes and the
 * comparison of what they say.
 */
#include "bundle/decide.h"

#include "base/search.h"
#include "cilium/reason.h"
#include "cilium/reserved.h"
#include "cnpc_abi.h"

void
policy_table_read(struct policy_table *t, struct arena *a,
    const struct image *img)
{
	struct policy_record *v =
	    ARENA_ARRAY(a, struct policy_record, img->nentries);

	for (uint32_t i = 0; i < img->nentries; i++) {
		v[i] = image_policy(img, i);
		if (img->rules)
			v[i].rule = img->rules[i];
	}
	*t = (struct policy_table){v, img->nentries, img->layout};
}

const struct policy_record *
policy_table_find(const struct policy_table *t, const struct policy_record *key)
{
	uint32_t i;

	LOWER_BOUND(i, t->n, policy_record_compare(&t->v[i], key) < 0);
	return i < t->n && policy_record_compare(&t->v[i], key) == 0 ? &t->v[i]
								     : NULL;
}

/* The longest prefix that one identity has for a protocol and port. */
static const struct policy_record *
longest(const struct policy_table *t, enum direction dir, uint32_t id,
    uint8_t proto, uint16_t port)
{
	struct policy_record key = {.dir = dir, .id = id, .proto = proto};
	const struct policy_record *r;

	for (int bits = 16; bits >= 0 && proto != 0; bits--) {
		key.port_bits = (uint8_t)bits;
		key.port = (uint16_t)(port & 0xffff0000u >> bits);
		r = policy_table_find(t, &key);
		if (r)
			return r;
	}
	key = (struct policy_record){.dir = dir, .id = id};
	return policy_table_find(t, &key);
}

/* The entry that the peer's OWN is compared with. */
static const struct policy_record *
find_other(const struct policy_table *t, const struct policy_record *own,
    enum direction dir, uint32_t peer, uint8_t proto, uint16_t port)
{
	uint32_t aggregate =
	    t->layout->aggregates ? sec_id_aggregate(peer, CNPC_CLUSTER) : 0;
	const struct policy_record *other = NULL;

	if (aggregate != peer)
		other = longest(t, dir, aggregate, proto, port);
	if (own || other || aggregate == 0)
		return other;
	return longest(t, dir, 0, proto, port);
}

static unsigned
prefix_length(const struct policy_record *r)
{
	return r->proto == 0 ? 0 : 8u + r->port_bits;
}

static uint8_t
auth_type(const struct policy_record *r)
{
	return r->auth & CNPC_AUTH_TYPE;
}

struct choice
policy_choose(const struct policy_table *t, enum direction dir, uint32_t peer,
    uint8_t proto, uint16_t port)
{
	const struct policy_record *own = longest(t, dir, peer, proto, port);
	const struct policy_record *any = NULL, *chosen = own, *other;
	struct choice c = {0};

	if (!own || own->precedence != UINT32_MAX)
		any = find_other(t, own, dir, peer, proto, port);
	other = any;
	if (any &&
	    (!own || any->precedence > own->precedence ||
		(any->precedence == own->precedence &&
		    prefix_length(any) > prefix_length(own)))) {
		chosen = any;
		other = own;
	}
	c.entry = chosen;
	if (!chosen || chosen->deny)
		return c;
	c.auth = auth_type(chosen);
	if (other &&
	    (!t->layout->precedence ||
		other->precedence == chosen->precedence) &&
	    !(chosen->auth & CNPC_AUTH_EXPLICIT) && auth_type(other) > c.auth)
		c.auth = auth_type(other);
	return c;
}

struct verdict
policy_decide(const struct policy_table *t, enum direction dir, uint32_t peer,
    uint8_t proto, uint16_t port)
{
	struct choice c = policy_choose(t, dir, peer, proto, port);

	if (!c.entry)
		return (struct verdict){.reason = CNPC_NO_ENTRY};
	if (c.entry->deny)
		return (
		    struct verdict){.reason = CNPC_DENIED, .entry = c.entry};
	if (c.auth != 0)
		return (struct verdict){
		    .reason = CNPC_AUTH_NEEDED,
		    .entry = c.entry,
		};
	return (struct verdict){
	    .reason = c.entry->proxy_port ? CNPC_REDIRECTED : CNPC_ALLOWED,
	    .proxy_port = c.entry->proxy_port,
	    .entry = c.entry,
	};
}

bool
policy_open(const struct policy_table *t, enum direction dir)
{
	bool all = false;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct policy_record *r = &t->v[i];

		if (r->dir != dir)
			continue;
		if (r->deny || r->auth != 0 || r->proxy_port != 0)
			return false;
		all |= r->id == 0 && r->proto == 0;
	}
	return all;
}

_Static_assert(CNPC_AGGREGATE_CLUSTER == (int)SEC_ID_AGGREGATE_CLUSTER &&
	CNPC_AGGREGATE_CLUSTER_MESH == (int)SEC_ID_AGGREGATE_CLUSTER_MESH &&
	CNPC_AGGREGATE_WORLD == (int)SEC_ID_AGGREGATE_WORLD &&
	CNPC_AGGREGATE_REMOTE_NODE == (int)SEC_ID_AGGREGATE_REMOTE_NODE &&
	CNPC_WELL_KNOWN_FIRST == (int)SEC_ID_WELL_KNOWN_FIRST,
    "a program has other aggregates");

/* Programs give Cilium's own numbers for the same reasons. */
_Static_assert(CNPC_NO_ENTRY == (int)REASON_POLICY_DENIED &&
	CNPC_MALFORMED == (int)REASON_INVALID_PACKET &&
	CNPC_UNKNOWN_L4 == (int)REASON_UNKNOWN_L4 &&
	CNPC_UNSUPPORTED_L3 == (int)REASON_UNSUPPORTED_L3 &&
	CNPC_FRAGMENT == (int)REASON_FRAGMENT &&
	CNPC_DENIED == (int)REASON_POLICY_DENY &&
	CNPC_AUTH_NEEDED == (int)REASON_AUTH_REQUIRED,
    "a program gives another reason");

const char *
verdict_name(uint8_t reason)
{
	switch ((enum cnpc_reason)reason) {
	case CNPC_ALLOWED:
		return "allowed";
	case CNPC_REDIRECTED:
		return "redirected";
	case CNPC_ARP:
		return "ARP, passed";
	case CNPC_NEIGHBOUR:
		return "neighbour discovery, passed";
	case CNPC_FORGED:
		return "dropped: invalid source ip (132)";
	case CNPC_NO_ENTRY:
		return "dropped: policy denied (133)";
	case CNPC_MALFORMED:
		return "dropped: invalid packet (134)";
	case CNPC_TRUNCATED:
		return "dropped: truncated or invalid header (135)";
	case CNPC_UNKNOWN_L4:
		return "dropped: unknown transport protocol (137)";
	case CNPC_UNSUPPORTED_L3:
		return "dropped: unsupported L3 protocol (139)";
	case CNPC_FRAGMENT:
		return "dropped: fragmented ICMP (157)";
	case CNPC_NO_FIRST_FRAGMENT:
		return "dropped: first fragment not seen (175)";
	case CNPC_NO_PROXY:
		return "dropped: no proxy to redirect to (180)";
	case CNPC_DENIED:
		return "dropped: policy denied by denylist (181)";
	case CNPC_AUTH_NEEDED:
		return "dropped: authentication required (189)";
	}
	return "unknown";
}
