/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What addresses mean now.
 */
#include "replay/outside.h"

#include "cilium/labels.h"
#include "cilium/reserved.h"
#include "flow/place.h"
#include "lang/fqdn.h"

bool
replay_is_world(uint32_t identity)
{
	return identity == SEC_ID_WORLD || identity == SEC_ID_WORLD_IPV4 ||
	    identity == SEC_ID_WORLD_IPV6;
}

bool
replay_is_outside(const record_label_vec *labels, struct cidr *ret_prefix)
{
	bool outside = false;
	struct cidr c;

	*ret_prefix = (struct cidr){0};
	VEC_FOREACH (l, labels) {
		struct str text = {l->s + 5, l->n - 5};
		bool cidr = str_starts(*l, STR("cidr:"));

		outside = outside || cidr ||
		    str_starts(*l, STR("reserved:world")) ||
		    str_starts(*l, STR("fqdn:")) ||
		    str_starts(*l, STR("cidrgroup:"));
		if (cidr && cidr_parse(text, &c) &&
		    (ret_prefix->family == 0 || c.bits > ret_prefix->bits))
			*ret_prefix = c;
	}
	return outside;
}

static bool
is_of_world(const struct world *w, const struct identity *id)
{
	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (atom_eq(id->labels[i].source, w->ir->word.reserved) &&
		    reserved_list_has(reserved_of_world,
			atom_str(w->ir->atoms, id->labels[i].key)))
			return true;
	}
	return false;
}

/* All that may be at an address of P, or of a family where it has no bits. */
static const struct query_identities *
all_within(struct replay_ends *x, const struct cidr *p)
{
	const struct world *w = x->world;
	const struct str key = {(const char *)p, sizeof(*p)};
	struct query_identities *all =
	    shared_map_get(&x->found->by_prefix, key);
	struct ip first = {.family = p->family};
	struct cidr around;

	if (all)
		return all;
	all = ARENA_NEW(x->arena, struct query_identities);
	all->either = true;
	memcpy(first.addr, p->addr, sizeof(first.addr));
	*vec_push(&all->v, x->arena) =
	    (struct query_identity){world_of_ip(w, &first, &around), NULL, 0};
	VEC_FOREACH (e, &w->ipcache) {
		if (cidr_contains(p, &e->prefix) &&
		    is_of_world(w, world_identity(w, e->ident)))
			*vec_push(&all->v, x->arena) =
			    (struct query_identity){e->ident, NULL, 0};
	}
	return shared_map_put(&x->found->by_prefix, key, all);
}

/*
 * A name that policies let through, at an address of which the snapshot does
 * not know that it is the name's.
 */
static bool
is_unlearned(struct replay_ends *x, const struct record_end *e)
{
	const struct world *w = x->world;
	struct cidr prefix;
	const struct identity *id =
	    world_identity(w, world_of_ip(w, &e->ip, &prefix));
	bool found = false;

	for (uint32_t i = 0; i < id->nlabels; i++) {
		if (atom_eq(id->labels[i].source, w->ir->word.fqdn))
			return false;
	}
	VEC_FOREACH (name, &e->names) {
		struct str normal = lang_fqdn_normal(&x->scratch, *name);

		VEC_FOREACH (n, &x->names)
			found = found ||
			    (n->regex &&
				lang_regex_match(n->regex, &x->scratch,
				    normal) == LANG_MATCH);
	}
	arena_reset(&x->scratch);
	return found;
}

static void
set_address(const struct record_end *e, struct query_end *ret)
{
	ret->who = QUERY_ADDRESS;
	ret->ip = e->ip;
}

const char *
replay_outside(struct replay_ends *x, const struct record *r,
    const struct record_end *e, const struct cidr *p, struct query_end *ret)
{
	struct cidr prefix = *p;

	if (e->ip.family != 0) {
		if (is_unlearned(x, e))
			return "the snapshot has not learned that the address "
			       "is of this name";
		set_address(e, ret);
		return NULL;
	}
	if (prefix.family == 0)
		prefix.family = r->family != 0 ? r->family : IP_V4;
	ret->who = QUERY_IDENTITIES;
	ret->identities = all_within(x, &prefix);
	return NULL;
}

/* Ranges that clusters and sites take for their own. */
static bool
is_private(const struct ip *ip)
{
	static const struct cidr ranges[] = {
	    {IP_V4, 8, {10}},
	    {IP_V4, 12, {172, 16}},
	    {IP_V4, 16, {192, 168}},
	    {IP_V4, 10, {100, 64}},
	    {IP_V4, 16, {169, 254}},
	    {IP_V6, 7, {0xfc}},
	    {IP_V6, 10, {0xfe, 0x80}},
	};
	struct cidr c = cidr_of_ip(ip);

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (cidr_contains(&ranges[i], &c))
			return true;
	}
	return false;
}

const char *
replay_address(struct replay_ends *x, const struct record_end *e,
    struct query_end *ret)
{
	if (e->ip.family == 0)
		return "the record does not say who it is";
	if (e->identity < SEC_ID_CIDR_FIRST && is_private(&e->ip) &&
	    !place_is_known(x->world, x->objects, &e->ip))
		return "the snapshot does not have this address";
	if (is_unlearned(x, e))
		return "the snapshot has not learned that the address is of "
		       "this name";
	set_address(e, ret);
	return NULL;
}

bool
replay_is_node_port(const struct replay_ends *x, const struct record *r,
    const struct record_end *e)
{
	return e->ip.family != 0 && r->has_port &&
	    place_is_node_port(x->world, x->objects, &e->ip, r->proto, r->port);
}
