/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Deployment with the labels of the pods, whatever kind the controller is:
 * nothing else of it is read, and its ports are not known.
 */
#include "repo/app_template.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "repo/edit.h"
#include "repo/origin.h"

#define CHART "app-template"

/* Helm shortens longer names by a hash. */
enum { RELEASE_NAME_MAX = 53 };

/* The OCIRepositories, which say where charts are. */
typedef VEC(const struct ynode *) repository_vec;

struct release {
	struct arena *arena;
	const repository_vec *repositories;
	const struct ynode *node, *values;
	struct str ns, name;
	unsigned major; /* of the chart; 0: not known */
};

/* The first number of "4.1.2", "v4", "~4.0", "^3.7"; 0: none. */
static unsigned
major_of(struct str version)
{
	while (version.n > 0 && strchr("v~^= ", version.s[0]))
		version = (struct str){version.s + 1, version.n - 1};
	if (version.n == 0 || version.s[0] < '1' || version.s[0] > '9')
		return 0;
	return version.n > 1 && version.s[1] >= '0' && version.s[1] <= '9'
	    ? 0
	    : (unsigned)(version.s[0] - '0');
}

static bool
str_ends(struct str s, struct str end)
{
	return s.n >= end.n && memcmp(s.s + s.n - end.n, end.s, end.n) == 0;
}

/* The OCIRepository that a chartRef names; NULL: it is not in the input. */
static const struct ynode *
find_repository(const struct release *r, const struct ynode *ref)
{
	struct str name = edit_text(ynode_get(ref, "name"));
	struct str ns = edit_text(ynode_get(ref, "namespace"));
	const struct ynode *found = NULL;

	if (ns.n == 0)
		ns = edit_text(edit_find(r->node, "metadata/namespace"));
	VEC_FOREACH (n, r->repositories) {
		if (!str_eq(edit_text(edit_find(*n, "metadata/name")), name))
			continue;
		found = *n;
		if (str_eq(edit_text(edit_find(found, "metadata/namespace")),
			ns))
			break;
	}
	return found;
}

/* Whether the HelmRelease is of the chart; then its version is looked up. */
static bool
is_app_template(struct release *r)
{
	const struct ynode *chart = edit_find(r->node, "spec/chart/spec");
	const struct ynode *ref = edit_find(r->node, "spec/chartRef");
	const struct ynode *repository;

	if (chart) {
		r->major = major_of(edit_text(ynode_get(chart, "version")));
		return str_is(edit_text(ynode_get(chart, "chart")), CHART);
	}
	repository = ref ? find_repository(r, ref) : NULL;
	if (!repository)
		return false;
	r->major = major_of(edit_text(edit_find(repository, "spec/ref/tag")));
	return str_ends(edit_text(edit_find(repository, "spec/url")),
	    STR("/" CHART));
}

/* The namespace and the name of the release; false: they are not known. */
static bool
is_named(struct release *r)
{
	struct str target =
	    edit_text(edit_find(r->node, "spec/targetNamespace"));
	struct str own = edit_text(edit_find(r->node, "metadata/name"));

	r->ns = edit_text(origin_release_namespace(r->node));
	r->name = edit_text(edit_find(r->node, "spec/releaseName"));
	if (r->name.n == 0 && own.n > 0)
		r->name = target.n == 0
		    ? own
		    : str_of(arena_printf(r->arena, STR_FMT "-" STR_FMT,
			  STR_ARG(target), STR_ARG(own)));
	return r->ns.n > 0 && r->name.n > 0 && r->name.n <= RELEASE_NAME_MAX;
}

static const struct ynode *
put_text(const struct release *r, const struct ynode *map, const char *key,
    struct str text, struct span at)
{
	return edit_put(r->arena, map, str_of(key), at,
	    edit_string(r->arena, text, at));
}

/* LABELS and those of FROM, a map or NULL, that are texts. */
static const struct ynode *
put_labels(const struct release *r, const struct ynode *labels,
    const struct ynode *from)
{
	for (uint32_t i = 0; from && from->kind == Y_MAP && i < from->map.n;
	     i++) {
		const struct ypair *p = &from->map.v[i];

		if (p->value->kind == Y_STR)
			labels = edit_put(r->arena, labels, p->key, p->key_at,
			    p->value);
	}
	return labels;
}

/* The labels of the pods of a controller. */
static const struct ynode *
pod_labels(const struct release *r, const struct ypair *controller)
{
	struct str given =
	    edit_text(edit_find(r->values, "global/nameOverride"));
	struct span at = controller->key_at;
	const struct ynode *labels = NULL;

	labels = put_text(r, labels, "app.kubernetes.io/name",
	    given.n > 0 ? given : r->name, at);
	labels = put_text(r, labels, "app.kubernetes.io/instance", r->name, at);
	labels = put_text(r, labels,
	    r->major >= 4 ? "app.kubernetes.io/controller"
			  : "app.kubernetes.io/component",
	    controller->key, at);
	labels = put_labels(r, labels,
	    edit_find(r->values, "defaultPodOptions/labels"));
	return put_labels(r, labels,
	    edit_find(controller->value, "pod/labels"));
}

static bool
is_true(const struct ynode *n)
{
	return n && n->kind == Y_BOOL && n->b;
}

static bool
is_on_host(const struct release *r, const struct ypair *controller)
{
	const struct ynode *own =
	    edit_find(controller->value, "pod/hostNetwork");

	return is_true(
	    own ? own : edit_find(r->values, "defaultPodOptions/hostNetwork"));
}

static const struct ynode *
map_of(const struct release *r, const char *key, const struct ynode *value)
{
	return edit_put(r->arena, NULL, str_of(key), value->at, value);
}

/* What the controller is, in as few members as a Deployment needs. */
static const struct ynode *
workload(const struct release *r, const struct ypair *controller, bool alone)
{
	struct span at = controller->key_at;
	const struct ynode *labels = pod_labels(r, controller);
	struct str name = alone
	    ? r->name
	    : str_of(arena_printf(r->arena, STR_FMT "-" STR_FMT,
		  STR_ARG(r->name), STR_ARG(controller->key)));
	const struct ynode *meta, *template, *spec, *o;

	meta = put_text(r, NULL, "name", name, at);
	meta = put_text(r, meta, "namespace", r->ns, at);
	template = map_of(r, "metadata", map_of(r, "labels", labels));
	spec = map_of(r, "selector", map_of(r, "matchLabels", labels));
	spec = edit_put(r->arena, spec, STR("template"), at, template);
	o = put_text(r, NULL, "apiVersion", STR("apps/v1"), at);
	o = put_text(r, o, "kind", STR("Deployment"), at);
	o = edit_put(r->arena, o, STR("metadata"), at, meta);
	return edit_put(r->arena, o, STR("spec"), at, spec);
}

static bool
is_enabled(const struct ypair *controller)
{
	const struct ynode *enabled = ynode_get(controller->value, "enabled");

	return controller->value->kind == Y_MAP &&
	    (!enabled || is_true(enabled));
}

/* The workloads of the release M. */
static void
add_release(struct repo *r, struct arena *a, struct manifest m,
    const repository_vec *repositories)
{
	struct release release = {.arena = a,
	    .repositories = repositories,
	    .node = m.node};
	const struct ynode *controllers;
	uint32_t n = 0;

	if (!origin_is_kind(m.node, "helm.toolkit.fluxcd.io/", "HelmRelease"))
		return;
	release.values = edit_find(m.node, "spec/values");
	controllers =
	    release.values ? ynode_get(release.values, "controllers") : NULL;
	if (!controllers || controllers->kind != Y_MAP ||
	    !is_app_template(&release) || release.major == 0 ||
	    !is_named(&release))
		return;
	for (uint32_t i = 0; i < controllers->map.n; i++)
		n += is_enabled(&controllers->map.v[i]);
	m.assumed = true;
	for (uint32_t i = 0; i < controllers->map.n; i++) {
		const struct ypair *c = &controllers->map.v[i];

		if (!is_enabled(c) || is_on_host(&release, c))
			continue;
		m.node = workload(&release, c, n == 1);
		*vec_push(&r->v, a) = m;
	}
}

void
app_template_add(struct repo *r, struct arena *a)
{
	repository_vec repositories = {0};
	size_t n = r->v.n;

	VEC_FOREACH (m, &r->v) {
		if (origin_is_kind(m->node, "source.toolkit.fluxcd.io/",
			"OCIRepository"))
			*vec_push(&repositories, a) = m->node;
	}
	for (size_t i = 0; i < n; i++) {
		if (!r->v.v[i].context)
			add_release(r, a, r->v.v[i], &repositories);
	}
}
