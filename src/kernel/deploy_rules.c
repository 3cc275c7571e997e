/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs count by the keys of entries; the bundle knows which rule gave an
 * endpoint each of its entries.
 */
#include "kernel/deploy_rules.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "bundle/decide.h"
#include "kernel/pinned.h"

int
deploy_check_bundle(struct deploy *d, const struct pins_loaded *g,
    const struct bundle_content *bundle)
{
	if (str_is(bundle->digest, g->is.bundle))
		return 0;
	d->what = d->path;
	d->problem = "another bundle is loaded than the one that is named";
	return EINVAL;
}

const struct bundle_endpoint *
deploy_endpoint_of(const struct bundle_content *bundle,
    const struct pins_endpoint *e)
{
	struct str name = str_of(e->name), ns = {e->name, 0};
	const struct bundle_endpoint *found;

	while (ns.n < name.n && name.s[ns.n] != '/')
		ns.n++;
	assert(ns.n < name.n);
	found = bundle_find_endpoint(bundle, ns,
	    (struct str){name.s + ns.n + 1, name.n - ns.n - 1});
	/* It was loaded from there. */
	assert(found && found->policy);
	return found;
}

/* Counts that are read, of one endpoint. */
struct counts {
	struct deploy_status *ret;
	const struct policy_table *table;
};

static bool
add_count(void *arg, const uint8_t *key, const uint8_t *value)
{
	const struct counts *c = arg;
	const struct policy_record *entry = NULL;
	struct policy_record r = {0};
	uint64_t n;

	memcpy(&n, value, sizeof(n));
	if (!policy_key_get(key, &r))
		entry = policy_table_find(c->table, &r);
	if (entry && entry->rule)
		c->ret->rules.v[entry->rule - 1].decided += n;
	return true;
}

static int
read_endpoint(struct deploy *d, const struct bundle_content *bundle,
    const struct pins_endpoint *e, struct deploy_status *ret)
{
	const struct pinned_shape shape = {POLICY_KEY_SIZE, sizeof(uint64_t)};
	struct arena scratch = {0};
	struct image img = bundle_endpoint_image(bundle, &scratch,
	    deploy_endpoint_of(bundle, e));
	struct policy_table table;
	struct counts counts = {ret, &table};
	int error;

	policy_table_read(&table, &scratch, &img);
	for (uint32_t i = 0; i < table.n; i++) {
		if (table.v[i].rule)
			ret->rules.v[table.v[i].rule - 1].entries++;
	}
	d->what = pins_device_path(&d->pins, ret->newest->number, e->ifindex,
	    PINS_MATCHES);
	error = pinned_read(d->what, shape, add_count, &counts, &d->problem);
	arena_free(&scratch);
	if (!error && d->problem)
		return EINVAL;
	/* A loader was ended before it made them. */
	return error == ENOENT ? 0 : error;
}

int
deploy_read_rules(struct deploy *d, const struct bundle_content *bundle,
    struct deploy_status *ret)
{
	int error = deploy_check_bundle(d, ret->newest, bundle);

	VEC_FOREACH (rule, &bundle->rules)
		*vec_push(&ret->rules, d->arena) =
		    (struct deploy_rule){.is = rule};
	VEC_FOREACH (e, &ret->endpoints) {
		if (!error)
			error = read_endpoint(d, bundle, &e->is->is, ret);
	}
	return error;
}
