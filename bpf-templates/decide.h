/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a policy map says of a peer, a protocol and a port.
 */

#include "maps.h"
#include "packet.h"

static __always_inline __u8
lpm_bits(const policy_value *v)
{
	return v->flags >> CNPC_POLICY_LPM_SHIFT;
}

/* What is compared first: where there is no precedence, deny, then proxy. */
static __always_inline __u32
precedence(const policy_value *v)
{
#if CNPC_LAYOUT >= 119
	return v->precedence;
#else
	return (v->flags & CNPC_POLICY_DENY) << 8 | v->proxy_priority;
#endif
}

#if CNPC_LAYOUT >= 120
/* The aggregate of an identity; 0: it has none. */
static __always_inline __u32
aggregate_of(__u32 id)
{
	if (id >= CNPC_AGGREGATE_CLUSTER && id <= CNPC_AGGREGATE_REMOTE_NODE)
		return id;
	if (id < CNPC_WELL_KNOWN_FIRST)
		return 0;
	switch (id >> 24) {
	case CNPC_SCOPE_CIDR:
		return CNPC_AGGREGATE_WORLD;
	case CNPC_SCOPE_REMOTE_NODE:
		return CNPC_AGGREGATE_REMOTE_NODE;
	}
	return id >> 16 == CNPC_CLUSTER ? CNPC_AGGREGATE_CLUSTER
					: CNPC_AGGREGATE_CLUSTER_MESH;
}

/* The entry that the peer's OWN is compared with; KEY is that of the peer. */
static __always_inline const policy_value *
find_other(struct cnpc_policy_key *key, const policy_value *own)
{
	__u32 aggregate = aggregate_of(key->sec_label);
	const policy_value *other = NULL;

	if (aggregate != key->sec_label) {
		key->sec_label = aggregate;
		other = bpf_map_lookup_elem(&cnpc_policy, key);
	}
	if (own || other || !aggregate)
		return other;
	key->sec_label = 0;
	return bpf_map_lookup_elem(&cnpc_policy, key);
}
#else
static __always_inline const policy_value *
find_other(struct cnpc_policy_key *key, const policy_value *own)
{
	(void)own;
	key->sec_label = 0;
	return bpf_map_lookup_elem(&cnpc_policy, key);
}
#endif

static __always_inline bool
beats(const policy_value *any, const policy_value *own)
{
	__u32 a = precedence(any), o = precedence(own);

	return a > o || (a == o && lpm_bits(any) > lpm_bits(own));
}

/* Whether the entry that was not chosen may demand authentication. */
static __always_inline bool
adds_auth(const policy_value *other, const policy_value *chosen)
{
	return !(chosen->auth & CNPC_AUTH_EXPLICIT) &&
	    (CNPC_LAYOUT < 119 || precedence(other) == precedence(chosen));
}

/*
 * Makes KEY, by which CHOSEN was found, the entry's own: of a label, without
 * the bits that its prefix leaves out.
 */
static __always_inline void
narrow(struct cnpc_policy_key *key, const policy_value *chosen)
{
	__u32 bits = lpm_bits(chosen), port = bpf_ntohs(key->dport);

	key->prefixlen = CNPC_POLICY_BITS_ANY + bits;
	if (bits < CNPC_POLICY_BITS_PROTO - CNPC_POLICY_BITS_ANY)
		key->protocol = 0;
	key->dport =
	    bpf_htons(port >> (CNPC_POLICY_BITS_FULL - key->prefixlen & 31)
		    << (CNPC_POLICY_BITS_FULL - key->prefixlen & 31));
}

/* Another connection that the entry decided about. */
static __always_inline void
count_match(const struct cnpc_policy_key *key)
{
	__u64 none = 0, *n = bpf_map_lookup_elem(&cnpc_matches, key);

	if (!n) {
		bpf_map_update_elem(&cnpc_matches, key, &none, BPF_NOEXIST);
		n = bpf_map_lookup_elem(&cnpc_matches, key);
	}
	if (n)
		__sync_fetch_and_add(n, 1);
}

/*
 * The decision: the longest entry for the peer's own identity against the
 * longest one for what stands for it.  Higher precedence wins, then the longer
 * prefix, then the peer's own.
 */
static __always_inline int
decide(struct packet *p, __u32 egress, __u32 port)
{
	struct cnpc_policy_key key = {
	    .prefixlen = CNPC_POLICY_BITS_FULL,
	    .sec_label = p->remote,
	    .egress = egress,
	    .protocol = p->tuple.proto,
	    .dport = port,
	};
	const policy_value *own, *any = NULL, *chosen, *other;
	__u8 auth;

	own = bpf_map_lookup_elem(&cnpc_policy, &key);
	/* Nothing can beat the strongest deny. */
	if (!own || precedence(own) != STRONGEST)
		any = find_other(&key, own);
	chosen = own;
	other = any;
	if (any && (!own || beats(any, own))) {
		chosen = any;
		other = own;
	} else {
		key.sec_label = p->remote;
	}
	if (!chosen)
		return CNPC_NO_ENTRY;
	narrow(&key, chosen);
	count_match(&key);
	p->entry = key;
	if (chosen->flags & CNPC_POLICY_DENY)
		return CNPC_DENIED;
	auth = chosen->auth & CNPC_AUTH_TYPE;
	if (other && adds_auth(other, chosen) &&
	    (other->auth & CNPC_AUTH_TYPE) > auth)
		auth = other->auth & CNPC_AUTH_TYPE;
	if (auth)
		return CNPC_AUTH_NEEDED;
	p->proxy_port = chosen->proxy_port;
	return p->proxy_port ? CNPC_REDIRECTED : CNPC_ALLOWED;
}
