/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods by what becomes of packets that no rule is about.
 */
#include "report/isolation.h"

static const struct {
	const char *words, *name; /* for people, in JSON */
} states[ISOLATIONS] = {
    [ISOLATION_NONE] = {"no policy", "none"},
    [ISOLATION_OPEN] = {"allowed by default", "open"},
    [ISOLATION_DENY] = {"denied by default", "deny"},
    [ISOLATION_UNKNOWN] = {"not known", "unknown"},
};

/* The actors with pods that are in a state. */
static const struct bitset *
find(const struct actor_names *names, enum direction dir, enum isolation state)
{
	const struct actors *all = names->all;
	struct bitset *set = bitset_new(names->arena, (uint32_t)all->v.n);

	for (uint32_t i = 0; i < all->nsubjects; i++) {
		if (actor_isolation(all, &all->v.v[i], 1, dir) == state)
			bitset_set(set, i);
	}
	return set;
}

/* One line for each direction and state that some pod is in. */
static void
put_lines(struct buf *out, const struct actor_names *names,
    const char *const between[4])
{
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		for (int i = 0; i < ISOLATIONS; i++) {
			const struct bitset *set =
			    find(names, (enum direction)dir, (enum isolation)i);

			if (bitset_empty(set))
				continue;
			buf_printf(out, "%s%s%s%s%s", between[0],
			    direction_name((enum direction)dir), between[1],
			    states[i].words, between[2]);
			names_put_set(out, names, set);
			buf_puts(out, between[3]);
		}
	}
}

void
isolation_put_text(struct buf *out, const struct actor_names *names)
{
	static const char *const between[] = {"", ": ", ": ", "\n"};

	put_lines(out, names, between);
}

void
isolation_put_markdown(struct buf *out, const struct actor_names *names)
{
	static const char *const between[] = {"| ", " | ", " | ", " |\n"};

	buf_puts(out,
	    "| direction | by default | pods |\n"
	    "| --- | --- | --- |\n");
	put_lines(out, names, between);
}

void
isolation_put_json(struct json *out, const struct actor_names *names)
{
	json_document(out, "cnpc-isolation", 1);
	for (int dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		json_key(out, direction_name((enum direction)dir));
		json_object(out);
		for (int i = 0; i < ISOLATIONS; i++) {
			const struct bitset *set =
			    find(names, (enum direction)dir, (enum isolation)i);

			json_key(out, states[i].name);
			json_array(out);
			BITSET_FOREACH (actor, set)
				names_json_pods(out, names,
				    &names->all->v.v[actor]);
			json_end_array(out);
		}
		json_end_object(out);
	}
	json_end_object(out);
}
