/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dumps of a node in JSON: semantics.md 12.5.  A dump is one value; an array is
 * read item by item, and each item tells by its members what it is.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/num.h"
#include "cnpc_abi.h"
#include "node/node.h"
#include "record/scan.h"

#define AT(type, field) offsetof(struct cnpc_##type, field)

/* The raw bytes of a key or value. */
struct bytes {
	uint8_t v[64];
	size_t n; /* more than there is room for: no bytes */
};

/* An item of an array, of whatever form it is. */
struct item {
	struct bytes key, value; /* bpftool */
	struct bytes entry;      /* cilium-dbg: the value of a policy map */
	bool has_key, has_entry, has_precedence;
	uint64_t id;
	struct str content, status; /* of a list of maps, of an endpoint */
	VEC(struct str) labels;
};

struct reader {
	struct node_state *node;
	const char *name;
	struct node_map *map; /* of the policy map that is read; or NULL */
	uint32_t endpoint;    /* whose it is, if it was said */
};

static void
read_bytes(struct scan *s, struct bytes *ret)
{
	struct str word;

	ret->n = 0;
	for (struct scan_list in = scan_array(s); scan_item(s, &in);) {
		uint64_t v = UINT64_MAX;

		if (scan_word(s, &word))
			num_go_uint(word, UINT8_MAX, &v);
		if (ret->n < sizeof(ret->v) && v <= UINT8_MAX)
			ret->v[ret->n++] = (uint8_t)v;
		else
			ret->n = sizeof(ret->v) + 1;
	}
}

static uint64_t
read_number(struct scan *s)
{
	uint64_t v = 0;

	scan_u64(s, &v);
	return v;
}

/* A port in network order that was read as a number of the host's. */
static void
put_swapped(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/* "Key" of an entry of `cilium-dbg bpf policy get`. */
static void
read_policy_key(struct scan *s, struct item *i)
{
	uint8_t *key = i->key.v;
	struct str name;

	i->key.n = POLICY_KEY_SIZE;
	memset(key, 0, POLICY_KEY_SIZE);
	for (struct scan_list in = scan_object(s);
	     scan_member(s, &in, &name);) {
		uint64_t v = read_number(s);

		if (str_is(name, "Prefixlen"))
			le32_put(key + AT(policy_key, prefixlen), (uint32_t)v);
		else if (str_is(name, "Identity"))
			le32_put(key + AT(policy_key, sec_label), (uint32_t)v);
		else if (str_is(name, "TrafficDirection"))
			key[AT(policy_key, egress)] = (uint8_t)v;
		else if (str_is(name, "Nexthdr"))
			key[AT(policy_key, protocol)] = (uint8_t)v;
		else if (str_is(name, "DestPortNetwork"))
			put_swapped(key + AT(policy_key, dport), v);
	}
}

/* The other members of such an entry; false: NAME is none. */
static bool
read_policy_member(struct scan *s, struct item *i, struct str name)
{
	uint8_t *value = i->entry.v;

	if (str_is(name, "Key")) {
		read_policy_key(s, i);
		i->has_entry = true;
	} else if (str_is(name, "ProxyPortNetwork")) {
		put_swapped(value + AT(policy_value, proxy_port),
		    read_number(s));
	} else if (str_is(name, "Flags")) {
		value[AT(policy_value, flags)] = (uint8_t)read_number(s);
	} else if (str_is(name, "AuthRequirement")) {
		value[AT(policy_value, auth)] = (uint8_t)read_number(s);
	} else if (str_is(name, "ProxyPortPriority")) {
		value[AT(policy_value_118, proxy_priority)] =
		    (uint8_t)read_number(s);
	} else if (str_is(name, "Precedence")) {
		le32_put(value + AT(policy_value, precedence),
		    (uint32_t)read_number(s));
		i->has_precedence = true;
	} else {
		return false;
	}
	return true;
}

static void
read_strings(struct scan *s, struct item *i, struct arena *a)
{
	struct str text;

	for (struct scan_list in = scan_array(s); scan_item(s, &in);) {
		if (scan_str(s, &text))
			*vec_push(&i->labels, a) = text;
	}
}

static void
read_item(struct scan *s, struct item *i, struct arena *a)
{
	struct str name;

	*i = (struct item){0};
	for (struct scan_list in = scan_object(s);
	     scan_member(s, &in, &name);) {
		if (read_policy_member(s, i, name))
			continue;
		if (str_is(name, "key")) {
			read_bytes(s, &i->key);
			i->has_key = true;
		} else if (str_is(name, "value")) {
			read_bytes(s, &i->value);
		} else if (str_is(name, "id") || str_is(name, "EndpointID")) {
			i->id = read_number(s);
		} else if (str_is(name, "Content")) {
			i->content = scan_raw(s);
		} else if (str_is(name, "status")) {
			i->status = scan_raw(s);
		} else if (str_is(name, "labels")) {
			read_strings(s, i, a);
		} else {
			scan_skip(s);
		}
	}
}

/* The map that entries go into, begun with the first one. */
static const char *
need_map(struct reader *r)
{
	if (r->map)
		return NULL;
	if (r->endpoint == 0)
		r->endpoint = node_endpoint_of(r->name);
	if (r->endpoint == 0)
		return "it does not say whose policy map it is: let the name "
		       "of the file end in the endpoint's number, as the "
		       "map's does";
	r->map = node_add_map(r->node, r->endpoint, r->name);
	return NULL;
}

static const char *
wrong_size(const struct reader *r, size_t n, size_t want)
{
	return arena_printf(r->node->arena,
	    "it has values of %zu bytes, and in the bundle's version of "
	    "Cilium they have %zu",
	    n, want);
}

static const char *
add_policy(struct reader *r, const struct bytes *key, const struct bytes *value)
{
	size_t size = r->node->layout->policy_value_size;
	const char *problem = need_map(r);

	if (!problem && value->n != size)
		problem = wrong_size(r, value->n, size);
	return problem ? problem
		       : node_add_policy(r->node, r->map, key->v, value->v);
}

/* An item of bpftool: the size of its key tells of which map. */
static const char *
add_raw(struct reader *r, const struct item *i)
{
	struct node_state *n = r->node;

	switch (i->key.n) {
	case POLICY_KEY_SIZE:
		return add_policy(r, &i->key, &i->value);
	case IPCACHE_KEY_SIZE:
		if (i->value.n != n->layout->ipcache_value_size)
			return wrong_size(r, i->value.n,
			    n->layout->ipcache_value_size);
		n->has_ipcache = true;
		return node_add_ipcache(n, i->key.v, i->value.v);
	case LXC_KEY_SIZE:
		if (i->value.n != LXC_VALUE_SIZE)
			return wrong_size(r, i->value.n, LXC_VALUE_SIZE);
		node_add_lxc(n, i->key.v, i->value.v);
		return NULL;
	}
	return "it is of no map that is known here";
}

/* An entry of cilium-dbg becomes the bytes that it was made from. */
static const char *
add_entry(struct reader *r, struct item *i)
{
	if (i->has_precedence != r->node->layout->precedence)
		return r->node->layout->precedence
		    ? "its entries have no precedence: it is of an older "
		      "version of Cilium than the bundle"
		    : "its entries have a precedence: it is of a newer "
		      "version of Cilium than the bundle";
	i->entry.n = r->node->layout->policy_value_size;
	return add_policy(r, &i->key, &i->entry);
}

static void
add_identity(struct reader *r, uint64_t id, struct item *i)
{
	struct node_state *n = r->node;

	if (id > 0 && id <= UINT32_MAX && i->labels.n > 0)
		*vec_push(&n->identities, n->arena) =
		    (struct node_identity){(uint32_t)id,
			node_labels(n->arena, i->labels.v, i->labels.n)};
}

static void
read_addressing(struct scan *s, struct node_endpoint *e, struct arena *a)
{
	struct str name, text;
	struct ip ip;

	for (struct scan_list in = scan_array(s); scan_item(s, &in);) {
		for (struct scan_list of = scan_object(s);
		     scan_member(s, &of, &name);) {
			if (!str_is(name, "ipv4") && !str_is(name, "ipv6"))
				scan_skip(s);
			else if (scan_str(s, &text) && ip_parse(text, &ip))
				*vec_push(&e->ips, a) = ip;
		}
	}
}

static void
read_networking(struct scan *s, struct node_endpoint *e, struct arena *a)
{
	struct str name;

	for (struct scan_list in = scan_object(s);
	     scan_member(s, &in, &name);) {
		if (str_is(name, "addressing"))
			read_addressing(s, e, a);
		else
			scan_skip(s);
	}
}

static void
read_external(struct scan *s, struct node_endpoint *e)
{
	struct str name;

	for (struct scan_list in = scan_object(s);
	     scan_member(s, &in, &name);) {
		if (str_is(name, "k8s-namespace"))
			scan_str(s, &e->ns);
		else if (str_is(name, "k8s-pod-name"))
			scan_str(s, &e->name);
		else
			scan_skip(s);
	}
}

/* An item of `cilium-dbg endpoint list`. */
static const char *
add_endpoint(struct reader *r, const struct item *i)
{
	struct arena *a = r->node->arena;
	struct node_endpoint e = {.id = (uint32_t)i->id};
	struct scan s;
	struct str name;

	scan_init(&s, i->status, a);
	for (struct scan_list in = scan_object(&s);
	     scan_member(&s, &in, &name);) {
		if (str_is(name, "identity")) {
			struct item identity;

			read_item(&s, &identity, a);
			e.identity = (uint32_t)identity.id;
			add_identity(r, identity.id, &identity);
		} else if (str_is(name, "networking")) {
			read_networking(&s, &e, a);
		} else if (str_is(name, "external-identifiers")) {
			read_external(&s, &e);
		} else {
			scan_skip(&s);
		}
	}
	if (i->id == 0 || i->id > UINT16_MAX)
		return "an endpoint has no number";
	*vec_push(&r->node->endpoints, a) = e;
	return NULL;
}

static const char *read_array(struct reader *r, struct scan *s);

static const char *
add_item(struct reader *r, struct item *i)
{
	struct scan s;

	if (i->has_key)
		return add_raw(r, i);
	if (i->has_entry)
		return add_entry(r, i);
	if (i->content.s) {
		struct reader one = {r->node, r->name, NULL, (uint32_t)i->id};
		const char *problem = need_map(&one);

		scan_init(&s, i->content, r->node->arena);
		return problem ? problem : read_array(&one, &s);
	}
	if (i->status.s)
		return add_endpoint(r, i);
	if (i->labels.n == 0)
		return "it is no dump that is known here";
	add_identity(r, i->id, i);
	return NULL;
}

static const char *
read_array(struct reader *r, struct scan *s)
{
	const char *problem = NULL;
	struct item item;

	for (struct scan_list in = scan_array(s);
	     !problem && scan_item(s, &in);) {
		read_item(s, &item, r->node->arena);
		if (!s->bad)
			problem = add_item(r, &item);
	}
	return problem;
}

/* "10.0.0.0/8": ["identity=16777217 ..."], of `cilium-dbg bpf ipcache list`. */
static const char *
add_listed(struct reader *r, struct str prefix, struct str text)
{
	static const struct str before = {"identity=", sizeof("identity=") - 1};
	struct ipcache_record found = {0};
	struct node_state *n = r->node;
	struct ip ip;
	uint64_t id = 0;
	size_t digits = 0;

	if (memchr(prefix.s, '@', prefix.n)) {
		n->foreign++;
		return NULL;
	}
	if (ip_parse(prefix, &ip))
		found.prefix = cidr_of_ip(&ip);
	else if (!cidr_parse(prefix, &found.prefix))
		return "it is no dump that is known here";
	if (str_starts(text, before))
		digits = strspn(text.s + before.n, "0123456789");
	if (!num_u64((struct str){text.s + before.n, digits}, UINT32_MAX,
		&id) ||
	    id == 0)
		return "a prefix has no identity";
	found.id = (uint32_t)id;
	n->has_ipcache = true;
	*vec_push(&n->ipcache, n->arena) = found;
	return NULL;
}

static const char *
read_object(struct reader *r, struct scan *s)
{
	const char *problem = NULL;
	struct str name, text = {0};

	for (struct scan_list in = scan_object(s);
	     !problem && scan_member(s, &in, &name);) {
		struct str first = {"", 0};

		if (str_is(name, "error") && scan_str(s, &text))
			return arena_printf(r->node->arena,
			    "it holds an error: " STR_FMT, STR_ARG(text));
		for (struct scan_list of = scan_array(s); scan_item(s, &of);) {
			if (scan_str(s, &text) && first.n == 0)
				first = text;
		}
		problem = add_listed(r, name, first);
	}
	return problem;
}

/* A dump with nothing in it: its name tells of which map. */
static const char *
read_empty(struct reader *r)
{
	const char *slash = strrchr(r->name, '/');
	const char *base = slash ? slash + 1 : r->name;

	if (strstr(base, "ipcache"))
		r->node->has_ipcache = true;
	else if (strstr(base, "policy"))
		return need_map(r);
	return NULL;
}

const char *
node_read_dump(struct node_state *n, const char *name, struct str text)
{
	struct reader r = {.node = n, .name = name};
	size_t at = strspn(text.s, " \t\r\n"), items;
	const char *problem;
	struct scan s;

	scan_init(&s, text, n->arena);
	if (at == text.n || (text.s[at] != '[' && text.s[at] != '{'))
		return "it is no JSON: bpftool wants -j, cilium-dbg -o json";
	items = at + 1 + strspn(text.s + at + 1, " \t\r\n");
	if (items < text.n && (text.s[items] == ']' || text.s[items] == '}'))
		problem = read_empty(&r);
	else if (text.s[at] == '[')
		problem = read_array(&r, &s);
	else
		problem = read_object(&r, &s);
	if (problem)
		return problem;
	if (items < text.n && text.s[items] != ']' && text.s[items] != '}' &&
	    !scan_end(&s))
		return "it is no JSON, or ends too early";
	return NULL;
}
