/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries to bytes and back.  Whatever policy_record_put() cannot have written
 * is refused, so that equal entries have equal bytes.
 */
#include "bundle/record.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "cilium/auth.h"
#include "cnpc_abi.h"

#define AT(type, field) offsetof(struct cnpc_##type, field)

const char ipcache_other_cluster[] = "a key has another cluster's number";

/* Whether the bits of ADDR after the first BITS are 0. */
static bool
is_masked(const uint8_t *addr, size_t size, unsigned bits)
{
	size_t whole = bits / 8;

	if (bits % 8 != 0 && (addr[whole] & (0xff >> bits % 8)) != 0)
		return false;
	whole += bits % 8 != 0;
	return bytes_zero(addr + whole, size - whole);
}

/* Bits after the direction: none, the protocol, and of the port. */
static unsigned
l4_bits(const struct policy_record *r)
{
	return r->proto == 0 ? 0 : 8u + r->port_bits;
}

int
policy_record_compare(const struct policy_record *a,
    const struct policy_record *b)
{
	if (a->dir != b->dir)
		return a->dir < b->dir ? -1 : 1;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->port_bits != b->port_bits)
		return a->port_bits < b->port_bits ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

/* What a key says of its direction is the number that C has for it. */
_Static_assert(CNPC_INGRESS == (int)DIR_INGRESS &&
	CNPC_EGRESS == (int)DIR_EGRESS,
    "a key has another direction");
_Static_assert(CNPC_AUTH_EXPLICIT == (int)AUTH_EXPLICIT &&
	CNPC_AUTH_TYPE == (int)AUTH_TYPE,
    "a value has another authentication");

void
policy_key_put(const struct policy_record *r,
    uint8_t key[static POLICY_KEY_SIZE])
{
	memset(key, 0, POLICY_KEY_SIZE);
	le32_put(key + AT(policy_key, prefixlen),
	    CNPC_POLICY_BITS_ANY + l4_bits(r));
	le32_put(key + AT(policy_key, sec_label), r->id);
	key[AT(policy_key, egress)] = (uint8_t)r->dir;
	key[AT(policy_key, protocol)] = r->proto;
	be16_put(key + AT(policy_key, dport), r->port);
}

void
policy_record_put(const struct map_layout *l, const struct policy_record *r,
    uint8_t key[static POLICY_KEY_SIZE], uint8_t *value)
{
	policy_key_put(r, key);
	memset(value, 0, l->policy_value_size);
	be16_put(value + AT(policy_value, proxy_port), r->proxy_port);
	value[AT(policy_value, flags)] =
	    (uint8_t)(l4_bits(r) << CNPC_POLICY_LPM_SHIFT |
		(r->deny ? CNPC_POLICY_DENY : 0));
	value[AT(policy_value, auth)] = r->auth;
	l->put_strength(value, r);
}

const char *
policy_key_get(const uint8_t key[static POLICY_KEY_SIZE],
    struct policy_record *r)
{
	uint32_t prefix = le32_get(key + AT(policy_key, prefixlen));
	uint8_t egress = key[AT(policy_key, egress)];

	r->dir = egress ? DIR_EGRESS : DIR_INGRESS;
	r->id = le32_get(key + AT(policy_key, sec_label));
	r->proto = key[AT(policy_key, protocol)];
	r->port = be16_get(key + AT(policy_key, dport));
	if (prefix != CNPC_POLICY_BITS_ANY &&
	    (prefix < CNPC_POLICY_BITS_PROTO || prefix > CNPC_POLICY_BITS_FULL))
		return "a key has an impossible prefix length";
	if (egress > 1)
		return "a key has an unknown direction";
	if ((prefix == CNPC_POLICY_BITS_ANY) != (r->proto == 0))
		return "a key's protocol and prefix length disagree";
	if (!is_masked(key + AT(policy_key, sec_label),
		POLICY_KEY_SIZE - AT(policy_key, sec_label), prefix))
		return "a key has bits behind its prefix";
	if (prefix > CNPC_POLICY_BITS_PROTO && r->port == 0)
		return "a key has a prefix of port 0";
	if (r->proto != 0)
		r->port_bits = (uint8_t)(prefix - CNPC_POLICY_BITS_PROTO);
	return NULL;
}

/* What a value says; the offset of what is none of a record's. */
static size_t
get_policy_value(const struct map_layout *l, const uint8_t *value,
    struct policy_record *r)
{
	r->deny = value[AT(policy_value, flags)] & CNPC_POLICY_DENY;
	r->auth = value[AT(policy_value, auth)];
	r->proxy_port = be16_get(value + AT(policy_value, proxy_port));
	return l->get_strength(value, r);
}

bool
policy_record_get(const struct map_layout *l,
    const uint8_t key[static POLICY_KEY_SIZE], const uint8_t *value,
    struct policy_record *ret_record, const char **ret_problem)
{
	uint8_t flags = value[AT(policy_value, flags)];
	struct policy_record r = {0};
	size_t rest = get_policy_value(l, value, &r);

	*ret_problem = policy_key_get(key, &r);
	if (*ret_problem)
		return false;
	if (flags >> CNPC_POLICY_LPM_SHIFT != (int)l4_bits(&r))
		*ret_problem = "a value repeats another prefix length";
	else if ((flags & ~CNPC_POLICY_DENY &
		     ((1 << CNPC_POLICY_LPM_SHIFT) - 1)) != 0)
		*ret_problem = "a value has unknown flags";
	else if (r.deny && (r.proxy_port != 0 || r.auth != 0))
		*ret_problem = "an entry denies and redirects";
	else if (!bytes_zero(value + rest, l->policy_value_size - rest))
		*ret_problem = "a value has a cookie or counts";
	if (*ret_problem)
		return false;
	*ret_record = r;
	return true;
}

bool
policy_record_get_live(const struct map_layout *l,
    const uint8_t key[static POLICY_KEY_SIZE], const uint8_t *value,
    struct policy_record *ret_record, const char **ret_problem)
{
	struct policy_record r = {0};

	*ret_problem = policy_key_get(key, &r);
	if (*ret_problem)
		return false;
	get_policy_value(l, value, &r);
	if (r.deny) {
		r.auth = 0;
		r.proxy_port = 0;
	}
	*ret_record = r;
	return true;
}

void
ipcache_record_put(const struct map_layout *l, const struct ipcache_record *r,
    uint8_t key[static IPCACHE_KEY_SIZE], uint8_t *value)
{
	memset(key, 0, IPCACHE_KEY_SIZE);
	le32_put(key + AT(ipcache_key, prefixlen),
	    CNPC_IPCACHE_BITS + (uint32_t)r->prefix.bits);
	key[AT(ipcache_key, family)] = r->prefix.family;
	memcpy(key + AT(ipcache_key, addr), r->prefix.addr,
	    sizeof(r->prefix.addr));

	memset(value, 0, l->ipcache_value_size);
	le32_put(value + AT(ipcache_value, sec_identity), r->id);
}

/* What is wrong with a key of the ipcache; NULL, and what it says. */
static const char *
get_ipcache_key(const uint8_t key[static IPCACHE_KEY_SIZE], struct cidr *c)
{
	uint32_t prefix = le32_get(key + AT(ipcache_key, prefixlen));

	c->family = key[AT(ipcache_key, family)];
	if (c->family != IP_V4 && c->family != IP_V6)
		return "a key has an unknown address family";
	if (prefix < CNPC_IPCACHE_BITS ||
	    prefix > CNPC_IPCACHE_BITS + ip_width(c->family))
		return "a key has an impossible prefix length";
	if (!bytes_zero(key + AT(ipcache_key, cluster_id), 3))
		return ipcache_other_cluster;
	if (!is_masked(key + AT(ipcache_key, addr), sizeof(c->addr),
		prefix - CNPC_IPCACHE_BITS))
		return "a key has bits behind its prefix";
	c->bits = (uint8_t)(prefix - CNPC_IPCACHE_BITS);
	memcpy(c->addr, key + AT(ipcache_key, addr), sizeof(c->addr));
	return NULL;
}

bool
ipcache_record_get_live(const uint8_t key[static IPCACHE_KEY_SIZE],
    const uint8_t *value, struct ipcache_record *ret_record,
    const char **ret_problem)
{
	struct ipcache_record r = {
	    .id = le32_get(value + AT(ipcache_value, sec_identity))};

	*ret_problem = get_ipcache_key(key, &r.prefix);
	if (!*ret_problem && r.id == 0)
		*ret_problem = "a value has no identity";
	if (*ret_problem)
		return false;
	*ret_record = r;
	return true;
}

bool
ipcache_record_get(const struct map_layout *l,
    const uint8_t key[static IPCACHE_KEY_SIZE], const uint8_t *value,
    struct ipcache_record *ret_record, const char **ret_problem)
{
	struct ipcache_record r;

	if (!ipcache_record_get_live(key, value, &r, ret_problem))
		return false;
	if (!bytes_zero(value + AT(ipcache_value, tunnel),
		l->ipcache_value_size - AT(ipcache_value, tunnel))) {
		*ret_problem = "a value has a tunnel";
		return false;
	}
	*ret_record = r;
	return true;
}
