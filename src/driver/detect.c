/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of Cilium in manifests.  They are read from the trees, because
 * what fields the objects have hangs on the version.
 */
#include "driver/detect.h"

#include <string.h>

#include "base/ascii.h"
#include "cilium/version.h"
#include "diag_gen.h"

/* A version in the inputs. */
struct found {
	struct str text;
	struct span at;
	const char *what; /* that names it */
};

typedef VEC(struct found) found_vec;

static const struct ynode *
get(const struct ynode *n, const char *const *path)
{
	for (; n && *path; path++)
		n = ynode_get(n, *path);
	return n;
}

#define GET(n, ...) get((n), (const char *const[]){__VA_ARGS__, NULL})

static struct str
text_of(const struct ynode *n)
{
	return n && n->kind == Y_STR ? n->s : STR("");
}

static bool
ends_in(struct str s, struct str tail)
{
	return s.n >= tail.n && memcmp(s.s + s.n - tail.n, tail.s, tail.n) == 0;
}

/* What is up to C, or all of S. */
static struct str
up_to(struct str s, char c)
{
	const char *end = s.n ? memchr(s.s, c, s.n) : NULL;

	return end ? (struct str){s.s, (size_t)(end - s.s)} : s;
}

/* Adds a text that begins like a version; what else tags are is no claim. */
static void
add(found_vec *v, struct arena *a, struct str text, const struct ynode *n,
    const char *what)
{
	size_t digits = text.n > 0 && text.s[0] == 'v';

	if (text.n > digits && ascii_is_digit((uint8_t)text.s[digits]))
		*vec_push(v, a) = (struct found){text, n->at, what};
}

/* The tag of REGISTRY/REPOSITORY:TAG@DIGEST, if it is of the agent's image. */
static void
add_image(found_vec *v, struct arena *a, const struct ynode *image)
{
	struct str s = up_to(text_of(image), '@');
	const char *colon = s.n ? memrchr(s.s, ':', s.n) : NULL;
	struct str name;

	if (!colon)
		return;
	name = (struct str){s.s, (size_t)(colon - s.s)};
	if (ends_in(name, STR("/cilium")))
		add(v, a, (struct str){colon + 1, s.n - name.n - 1}, image,
		    "the agent's image");
}

/* The agent among the containers of a pod. */
static void
add_pod(found_vec *v, struct arena *a, const struct ynode *spec)
{
	const struct ynode *list = GET(spec, "containers");

	for (uint32_t i = 0; list && list->kind == Y_SEQ && i < list->seq.n;
	     i++) {
		const struct ynode *c = list->seq.v[i];

		if (str_is(text_of(GET(c, "name")), "cilium-agent"))
			add_image(v, a, GET(c, "image"));
	}
}

/* Helm values of Cilium's chart that say which image it takes. */
static void
add_values(found_vec *v, struct arena *a, const struct ynode *values)
{
	const struct ynode *tag = GET(values, "image", "tag");
	const struct ynode *from = GET(values, "image", "repository");

	if (tag && (!from || ends_in(text_of(from), STR("/cilium"))))
		add(v, a, text_of(tag), tag, "the chart's values");
}

static void
add_release(found_vec *v, struct arena *a, const struct ynode *spec)
{
	const struct ynode *chart = GET(spec, "chart", "spec");
	const struct ynode *version = GET(chart, "version");
	size_t before = v->n;

	if (!str_is(text_of(GET(chart, "chart")), "cilium"))
		return;
	/* An image of the values' own is what runs. */
	add_values(v, a, GET(spec, "values"));
	if (version && v->n == before)
		add(v, a, text_of(version), version, "the HelmRelease");
}

static void
add_repository(found_vec *v, struct arena *a, const struct ynode *spec)
{
	const struct ynode *tag = GET(spec, "ref", "tag");

	if (tag && ends_in(text_of(GET(spec, "url")), STR("/cilium")))
		add(v, a, text_of(tag), tag, "the OCIRepository");
}

static void
add_item(found_vec *v, struct arena *a, const struct schema_item *item)
{
	const struct ynode *n = item->node;

	if (str_is(item->kind, "DaemonSet"))
		add_pod(v, a, GET(n, "spec", "template", "spec"));
	else if (str_is(item->kind, "Pod"))
		add_pod(v, a, GET(n, "spec"));
	else if (str_is(item->kind, "HelmRelease"))
		add_release(v, a, GET(n, "spec"));
	else if (str_is(item->kind, "OCIRepository"))
		add_repository(v, a, GET(n, "spec"));
	else if (item->kind.n == 0 &&
	    text_of(GET(n, "image", "repository")).n > 0)
		add_values(v, a, n);
}

/* A tag less what a platform's build appends: 1.18.6 of v1.18.6-250901. */
static bool
parse(struct str text, unsigned *ret)
{
	struct str head = up_to(text, '-');

	if (head.n + 1 < text.n && !ascii_is_digit((uint8_t)text.s[head.n + 1]))
		return false;
	return version_parse(head, ret);
}

unsigned
detect_cilium(struct diag_sink *sink, struct arena *scratch,
    const struct schema_items *items)
{
	const struct found *first = NULL;
	found_vec v = {0};
	unsigned taken = 0;

	VEC_FOREACH (item, &items->v)
		add_item(&v, scratch, item);
	VEC_FOREACH (f, &v) {
		struct diag *d;
		unsigned n;

		if (!parse(f->text, &n)) {
			diag_unmodelled_cilium(sink, f->at, f->text, f->what);
		} else if (!first) {
			first = f;
			taken = n;
		} else if (n != taken) {
			d = diag_several_cilium(sink, f->at, f->text);
			diag_note(sink, d, first->at, "another one is here");
			return 0;
		}
	}
	if (first)
		diag_found_cilium(sink, first->at, first->text, first->what);
	return taken;
}
