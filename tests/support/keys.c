/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <stdlib.h>

#include "cilium/proto.h"
#include "cilium/version.h"
#include "pmap/levels.h"

enum {
	CILIUM = CILIUM_1_20,
	TIER = 10, /* levels */
	LEVELS = (1 << 24) - 1,
};

static const struct bitset *
peers_of(struct arena *a, const char *text)
{
	struct bitset *set;
	char *end;

	if (strcmp(text, "*") == 0)
		return NULL;
	set = bitset_new(a, KEYS_NIDENTS);
	for (unsigned long i = strtoul(text, &end, 10); end != text;
	     i = strtoul(text, &end, 10)) {
		bitset_set(set, (uint32_t)i);
		text = end;
	}
	return set;
}

static struct pmap_value
value_of(const struct keys_rule *r)
{
	struct pmap_value v = {.auth = r->auth};

	switch (r->verdict) {
	case KEYS_ALLOW:
		v.precedence =
		    precedence_allow(version_plain(CILIUM), r->level);
		break;
	case KEYS_DENY:
		v.precedence = precedence_deny(r->level);
		v.deny = true;
		break;
	case KEYS_PASS:
		v.precedence = precedence_pass(r->level);
		break;
	case KEYS_REDIRECT:
		v.precedence = precedence_redirect(version_plain(CILIUM),
		    r->level, LISTENER_PRIORITY_HTTP);
		v.redirect = 1;
		break;
	}
	return v;
}

const struct aggregates *
keys_aggregates(struct arena *a, bool some)
{
	static const uint8_t one[KEYS_NIDENTS];
	static const uint8_t three[KEYS_NIDENTS] = {0, 1, 1, 2, 1, 2};
	static const uint32_t ident[] = {0, 4, 5};

	return aggregates_of_parts(a, some ? three : one, KEYS_NIDENTS, ident,
	    some ? 3 : 1);
}

static void
add(candidate_vec *v, struct arena *a, const struct keys_rule *r,
    const struct bitset *peers)
{
	uint32_t first = r->level / TIER * TIER;
	struct candidate *c = vec_push(v, a);

	*c = (struct candidate){.key = {r->proto, {r->port, r->bits}},
	    .pass = r->verdict == KEYS_PASS,
	    .value = value_of(r),
	    .tier_max = precedence_deny(first),
	    .tier_min = precedence_pass(first + TIER) + 0x100,
	    .peers = peers,
	    .order = (uint32_t)v->n - 1};
}

void
keys_add(candidate_vec *v, struct arena *a, const struct keys_rule *r,
    const struct aggregates *aggregates)
{
	const struct bitset *peers = peers_of(a, r->peers);

	add(v, a, r, peers);
	if (!peers && !bitset_empty(aggregates->all))
		add(v, a, r, aggregates->all);
}

static void
print_entry(struct buf *out, const struct pmap_entry *e)
{
	const struct pmap_value *v = &e->value;

	if (!e->peers)
		buf_puts(out, "* ");
	for (uint32_t i = 0; e->peers && i < KEYS_NIDENTS; i++) {
		if (bitset_test(e->peers, i))
			buf_printf(out, "%u ", i);
	}
	if (v->redirect != 0)
		buf_printf(out, "to %u", v->redirect);
	else
		buf_puts(out, v->deny ? "deny" : "allow");
	if (v->precedence > 0xff)
		buf_printf(out, "@%u", LEVELS - (v->precedence >> 8));
	if (v->auth != 0)
		buf_printf(out, "+%02x", v->auth);
}

const char *
keys_print(struct arena *a, const struct pmap_key *keys, size_t n)
{
	struct buf out;

	buf_init(&out, a);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&out, "%s %u/%u: ", proto_name(keys[i].proto),
		    keys[i].port, keys[i].port_bits);
		for (uint32_t k = 0; k < keys[i].nentries; k++) {
			buf_puts(&out, k > 0 ? ", " : "");
			print_entry(&out, &keys[i].entries[k]);
		}
		buf_puts(&out, "; ");
	}
	return buf_as_str(&out).s;
}
