/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A section for each map that differs, then sums.
 */
#include "report/compare.h"

#include <inttypes.h>

#include "cilium/proto.h"
#include "cilium/reserved.h"
#include "report/entry.h"
#include "report/identity.h"
#include "report/table.h"

enum {
	ENTRIES_SHOWN = 20, /* of one map */
};

static const char *const difference_names[] = {
    [DIFFERENCE_MISSING] = "missing",
    [DIFFERENCE_EXTRA] = "extra",
    [DIFFERENCE_OTHER] = "different",
};

static void
put_entries(struct buf *out, struct arena *a, const struct comparison *c,
    const struct map_comparison *r, bool all)
{
	size_t shown =
	    all || r->entries.n < ENTRIES_SHOWN ? r->entries.n : ENTRIES_SHOWN;
	struct table t;

	table_init(&t, a, "llllll");
	for (size_t i = 0; i < shown; i++) {
		const struct entry_difference *d = &r->entries.v[i];
		bool mine = d->kind != DIFFERENCE_EXTRA;
		const struct policy_record *key = mine ? &d->ours : &d->theirs;

		table_words(&t, difference_names[d->kind]);
		table_words(&t, direction_name(key->dir));
		table_str(&t,
		    str_of(identity_words(a, c->match.bundle, key->id)));
		table_str(&t, str_of(entry_ports(a, key)));
		if (d->kind == DIFFERENCE_OTHER)
			table_cell(&t, "here %s; there %s",
			    entry_value(a, &d->ours),
			    entry_value(a, &d->theirs));
		else
			table_str(&t, str_of(entry_value(a, key)));
		table_str(&t,
		    str_of(rule_place(a, c->match.bundle, d->ours.rule)));
	}
	table_put(out, &t, 2);
	if (shown < r->entries.n)
		buf_printf(out, "  ... and %zu more: --all shows them\n",
		    r->entries.n - shown);
}

static const char *
verdict(struct arena *a, const struct verdict *v)
{
	if (v->proxy_port == 0)
		return verdict_name(v->reason);
	return arena_printf(a, "redirected to %u", v->proxy_port);
}

static void
put_verdicts(struct buf *out, struct arena *a, const struct comparison *c,
    const struct map_comparison *r)
{
	if (r->differ == 0) {
		buf_printf(out,
		    "  none of %" PRIu64
		    " connections tried is judged differently\n",
		    r->asked);
		return;
	}
	buf_printf(out,
	    "  %" PRIu64 " of %" PRIu64
	    " connections tried are judged differently:\n",
	    r->differ, r->asked);
	VEC_FOREACH (d, &r->verdicts) {
		buf_printf(out, "    %s %s", direction_name(d->dir),
		    d->dir == DIR_INGRESS ? "from " : "to ");
		buf_printf(out, "%s, ",
		    identity_words(a, c->match.bundle, d->peer));
		if (proto_has_ports(d->proto))
			buf_printf(out, "%u/", d->port);
		buf_printf(out, "%s", entry_proto(a, d->proto));
		if (!proto_has_ports(d->proto) && d->port)
			buf_printf(out, " type %u", d->port);
		buf_printf(out, ": here %s, there %s\n", verdict(a, &d->ours),
		    verdict(a, &d->theirs));
	}
}

/* What a map is of, as far as it is known. */
static void
put_name(struct buf *out, const struct map_comparison *r)
{
	if (!r->endpoint)
		buf_printf(out, "endpoint %u", r->map->endpoint);
	else if (r->endpoint->ns.n == 0)
		buf_printf(out, "node " STR_FMT ", endpoint %u",
		    STR_ARG(r->endpoint->name), r->map->endpoint);
	else
		buf_printf(out, STR_FMT "/" STR_FMT ", endpoint %u",
		    STR_ARG(r->endpoint->ns), STR_ARG(r->endpoint->name),
		    r->map->endpoint);
}

static void
put_map(struct buf *out, struct arena *a, const struct comparison *c,
    const struct map_comparison *r, bool all)
{
	put_name(out, r);
	if (r->problem) {
		buf_printf(out, ": not compared: %s\n\n", r->problem);
		return;
	}
	buf_printf(out, ": %u entries are equal, %zu are not\n", r->equal,
	    r->entries.n);
	put_entries(out, a, c, r, all);
	put_verdicts(out, a, c, r);
	buf_putc(out, '\n');
}

static void
put_ipcache(struct buf *out, struct arena *a, const struct comparison *c,
    bool all)
{
	size_t shown =
	    all || c->ipcache.n < ENTRIES_SHOWN ? c->ipcache.n : ENTRIES_SHOWN;
	char prefix[CIDR_STRLEN];
	struct table t;

	buf_printf(out, "ipcache: %u prefixes are equal, %zu are not\n",
	    c->prefixes, c->ipcache.n);
	table_init(&t, a, "llll");
	for (size_t i = 0; i < shown; i++) {
		const struct prefix_difference *d = &c->ipcache.v[i];

		table_words(&t, difference_names[d->kind]);
		table_words(&t, cidr_print(&d->prefix, prefix));
		if (d->our_owner == d->their_owner) {
			table_str(&t,
			    str_of(identity_words(a, c->match.bundle,
				d->our_owner)));
			table_words(&t, "on both sides");
			continue;
		}
		table_cell(&t, "here %s",
		    identity_words(a, c->match.bundle, d->our_owner));
		table_cell(&t, "there %s",
		    identity_words(a, c->match.bundle, d->their_owner));
	}
	table_put(out, &t, 2);
	if (shown < c->ipcache.n)
		buf_printf(out, "  ... and %zu more: --all shows them\n",
		    c->ipcache.n - shown);
	buf_putc(out, '\n');
}

static uint32_t
prefixes_that_matter(const struct comparison *c)
{
	uint32_t n = 0;

	VEC_FOREACH (d, &c->ipcache)
		n += d->our_owner != d->their_owner;
	return n;
}

void
compare_put_text(struct buf *out, struct arena *a, const struct comparison *c,
    bool all)
{
	uint64_t differ = 0;
	size_t maps = 0, entries = 0;

	VEC_FOREACH (r, &c->maps) {
		if (r->problem || r->entries.n > 0)
			put_map(out, a, c, r, all);
		maps += !r->problem;
		entries += r->entries.n;
		differ += r->differ;
	}
	if (c->ipcache.n > 0)
		put_ipcache(out, a, c, all);
	buf_printf(out,
	    "%zu policy maps compared, %zu not; %zu entries differ, %" PRIu64
	    " verdicts do\n",
	    maps, c->maps.n - maps, entries, differ);
	if (c->has_ipcache)
		buf_printf(out,
		    "%u prefixes of the ipcache are equal, %zu are not, %u of "
		    "these change whose an address is\n",
		    c->prefixes, c->ipcache.n, prefixes_that_matter(c));
	if (c->own > 0)
		buf_printf(out,
		    "%u addresses are those of the node itself, as host\n",
		    c->own);
	if (c->match.node->foreign > 0)
		buf_printf(out, "%u prefixes of other clusters left out\n",
		    c->match.node->foreign);
	if (c->absent > 0)
		buf_printf(out,
		    "%u endpoints of the bundle have no map in what was read\n",
		    c->absent);
}

static void
json_record(struct json *j, const char *key, const struct policy_record *r)
{
	json_key(j, key);
	json_object(j);
	json_kv_bool(j, "deny", r->deny);
	json_kv_u64(j, "proxy_port", r->proxy_port);
	json_kv_u64(j, "auth", r->auth);
	json_kv_u64(j, "precedence", r->precedence);
	json_end_object(j);
}

static void
json_entry(struct json *j, struct arena *a, const struct comparison *c,
    const struct entry_difference *d)
{
	const struct policy_record *key =
	    d->kind == DIFFERENCE_EXTRA ? &d->theirs : &d->ours;

	json_object_line(j);
	json_kv_cstr(j, "difference", difference_names[d->kind]);
	json_kv_cstr(j, "direction", direction_name(key->dir));
	json_kv_u64(j, "identity", key->id);
	json_kv_u64(j, "protocol", key->proto);
	json_kv_u64(j, "port", key->port);
	json_kv_u64(j, "port_bits", key->port_bits);
	if (d->kind != DIFFERENCE_EXTRA)
		json_record(j, "bundle", &d->ours);
	if (d->kind != DIFFERENCE_MISSING)
		json_record(j, "node", &d->theirs);
	if (d->ours.rule)
		json_kv_cstr(j, "rule",
		    rule_place(a, c->match.bundle, d->ours.rule));
	json_end_object(j);
}

static void
json_verdict(struct json *j, const char *key, const struct verdict *v)
{
	json_key(j, key);
	json_object(j);
	json_kv_cstr(j, "verdict", verdict_name(v->reason));
	json_kv_u64(j, "reason", v->reason);
	json_kv_u64(j, "proxy_port", v->proxy_port);
	json_end_object(j);
}

static void
json_map(struct json *j, struct arena *a, const struct comparison *c,
    const struct map_comparison *r)
{
	json_object(j);
	json_kv_u64(j, "endpoint", r->map->endpoint);
	json_kv_cstr(j, "from", r->map->from);
	if (r->endpoint) {
		json_kv_str(j, "namespace", r->endpoint->ns);
		json_kv_str(j, "name", r->endpoint->name);
	}
	if (r->problem) {
		json_kv_cstr(j, "problem", r->problem);
		json_end_object(j);
		return;
	}
	json_kv_u64(j, "equal", r->equal);
	json_key(j, "entries");
	json_array(j);
	VEC_FOREACH (d, &r->entries)
		json_entry(j, a, c, d);
	json_end_array(j);
	json_kv_u64(j, "connections", r->asked);
	json_kv_u64(j, "judged_differently", r->differ);
	json_key(j, "witnesses");
	json_array(j);
	VEC_FOREACH (d, &r->verdicts) {
		json_object_line(j);
		json_kv_cstr(j, "direction", direction_name(d->dir));
		json_kv_u64(j, "identity", d->peer);
		json_kv_u64(j, "protocol", d->proto);
		json_kv_u64(j, "port", d->port);
		json_verdict(j, "bundle", &d->ours);
		json_verdict(j, "node", &d->theirs);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

static void
json_ipcache(struct json *j, const struct comparison *c)
{
	char prefix[CIDR_STRLEN];

	json_key(j, "ipcache");
	json_object(j);
	json_kv_u64(j, "equal", c->prefixes);
	json_kv_u64(j, "host", c->own);
	json_key(j, "prefixes");
	json_array(j);
	VEC_FOREACH (d, &c->ipcache) {
		json_object_line(j);
		json_kv_cstr(j, "difference", difference_names[d->kind]);
		json_kv_cstr(j, "prefix", cidr_print(&d->prefix, prefix));
		json_kv_u64(j, "bundle", d->our_owner);
		json_kv_u64(j, "node", d->their_owner);
		json_end_object(j);
	}
	json_end_array(j);
	json_end_object(j);
}

void
compare_put_json(struct json *j, struct arena *a, const struct comparison *c)
{
	json_document(j, "cnpc-compare", 1);
	json_key(j, "maps");
	json_array(j);
	VEC_FOREACH (r, &c->maps)
		json_map(j, a, c, r);
	json_end_array(j);
	if (c->has_ipcache)
		json_ipcache(j, c);
	json_kv_u64(j, "other_clusters", c->match.node->foreign);
	json_kv_u64(j, "absent", c->absent);
	json_end_object(j);
}
