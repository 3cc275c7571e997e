/* SPDX-License-Identifier: Apache-2.0 */
#include "ident/labels.h"

#include <stdlib.h>

static struct label *
find(struct label_set *set, atom_t key)
{
	VEC_FOREACH (l, &set->v) {
		if (atom_eq(l->key, key))
			return l;
	}
	return NULL;
}

void
label_set_put(struct label_set *set, struct arena *a, struct label l)
{
	struct label *have = find(set, l.key);

	if (have != NULL)
		*have = l;
	else
		*vec_push(&set->v, a) = l;
}

bool
label_set_add(struct label_set *set, struct arena *a, struct label l)
{
	if (find(set, l.key) != NULL)
		return false;
	*vec_push(&set->v, a) = l;
	return true;
}

struct str
label_print(struct arena *a, const struct atom_table *atoms,
    const struct label *l)
{
	struct str value = atom_str(atoms, l->value);
	struct buf b;

	buf_init(&b, a);
	buf_str(&b, atom_str(atoms, l->source));
	buf_putc(&b, ':');
	buf_str(&b, atom_str(atoms, l->key));
	if (value.n > 0) {
		buf_putc(&b, '=');
		buf_str(&b, value);
	}
	return buf_as_str(&b);
}

struct printed_label {
	struct str text;
	struct label label;
};

static int
compare_printed(const void *a, const void *b)
{
	return str_cmp(((const struct printed_label *)a)->text,
	    ((const struct printed_label *)b)->text);
}

struct str
label_set_seal(struct label_set *set, struct arena *a,
    const struct atom_table *atoms)
{
	struct printed_label *p =
	    ARENA_ARRAY(a, struct printed_label, set->v.n);
	struct buf joined;

	for (size_t i = 0; i < set->v.n; i++)
		p[i] =
		    (struct printed_label){label_print(a, atoms, &set->v.v[i]),
			set->v.v[i]};
	if (set->v.n > 1)
		qsort(p, set->v.n, sizeof *p, compare_printed);
	buf_init(&joined, a);
	for (size_t i = 0; i < set->v.n; i++) {
		set->v.v[i] = p[i].label;
		if (i > 0)
			buf_putc(&joined, ';');
		buf_str(&joined, p[i].text);
	}
	return buf_as_str(&joined);
}

/*
 * The default label filter.  Cilium writes these as regular expressions that
 * must match at the start of the key; all but one are plain prefixes.
 */
struct filter {
	const char *text;
	unsigned since;  /* Cilium version; 0: always */
	bool to_the_end; /* ends in ".*" */
	bool anywhere;   /* starts with ".*" */
};

static const struct filter include[] = {
    {.text = "io.kubernetes.pod.namespace"},
    {.text = "io.cilium.k8s.namespace.labels"},
    {.text = "app.kubernetes.io"},
    {.text = "io.cilium.k8s.policy.cluster"},
    {.text = "io.cilium.k8s.policy.serviceaccount", .since = 118},
    {.text = NULL},
};

static const struct filter ignore[] = {
    {.text = "io.kubernetes"},
    {.text = "kubernetes.io"},
    {.text = "statefulset.kubernetes.io/pod-name"},
    {.text = "apps.kubernetes.io/pod-index"},
    {.text = "batch.kubernetes.io/job-completion-index"},
    {.text = "batch.kubernetes.io/controller-uid"},
    {.text = "beta.kubernetes.io", .anywhere = true},
    {.text = "k8s.io"},
    {.text = "pod-template-generation"},
    {.text = "pod-template-hash"},
    {.text = "controller-revision-hash"},
    {.text = "controller-uid"},
    {.text = "annotation", .to_the_end = true},
    {.text = "etcd_node"},
    {.text = "topology.kubernetes.io", .since = 120},
    {.text = NULL},
};

/* Where the match that starts at 0 ends; 0 for none. */
static size_t
match_end(const struct filter *f, struct str key)
{
	struct str text = str_of(f->text);

	if (f->anywhere) {
		/* ".*" is greedy: the last occurrence counts. */
		for (size_t at = key.n; at >= text.n; at--) {
			if (memcmp(key.s + at - text.n, text.s, text.n) == 0)
				return at;
		}
		return 0;
	}
	if (!str_starts(key, text))
		return 0;
	return f->to_the_end ? key.n : text.n;
}

bool
label_relevant(struct str key, unsigned cilium)
{
	size_t longest = 0, shortest = 0;

	for (const struct filter *f = include; f->text != NULL; f++) {
		size_t end = f->since <= cilium ? match_end(f, key) : 0;

		if (end > longest)
			longest = end;
	}
	for (const struct filter *f = ignore; f->text != NULL; f++) {
		size_t end = f->since <= cilium ? match_end(f, key) : 0;

		if (end > 0 && (shortest == 0 || end < shortest))
			shortest = end;
	}
	return shortest == 0 || longest > shortest;
}
