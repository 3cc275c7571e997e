/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of a node's maps become records; requires nothing.
 */
#include "node/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/num.h"

/* cilium_lxc: semantics.md 12.4. */
enum {
	LXC_FAMILY = 16,
	LXC_CLUSTER = 18,
	LXC_ID = 6,
	LXC_IDENTITY = 32,
};

void
node_init(struct node_state *n, struct arena *a,
    const struct map_layout *layout)
{
	*n = (struct node_state){.arena = a, .layout = layout};
}

struct node_map *
node_add_map(struct node_state *n, uint32_t endpoint, const char *from)
{
	struct node_map *map = vec_push(&n->maps, n->arena);

	map->endpoint = endpoint;
	map->from = from;
	return map;
}

const char *
node_add_policy(struct node_state *n, struct node_map *map, const uint8_t *key,
    const uint8_t *value)
{
	struct policy_record r;
	const char *problem;

	if (!policy_record_get_live(n->layout, key, value, &r, &problem))
		return problem;
	*vec_push(&map->entries, n->arena) = r;
	return NULL;
}

const char *
node_add_ipcache(struct node_state *n, const uint8_t *key, const uint8_t *value)
{
	struct ipcache_record r;
	const char *problem;

	if (!ipcache_record_get_live(key, value, &r, &problem)) {
		if (problem != ipcache_other_cluster)
			return problem;
		n->foreign++;
		return NULL;
	}
	*vec_push(&n->ipcache, n->arena) = r;
	return NULL;
}

void
node_add_lxc(struct node_state *n, const uint8_t *key, const uint8_t *value)
{
	struct ip ip = {.family = key[LXC_FAMILY]};
	struct node_endpoint *e;

	if ((ip.family != IP_V4 && ip.family != IP_V6) ||
	    !bytes_zero(key + LXC_CLUSTER, 2))
		return;
	memcpy(ip.addr, key, ip_width(ip.family) / 8);
	e = vec_push(&n->endpoints, n->arena);
	e->id = (uint32_t)(value[LXC_ID] | value[LXC_ID + 1] << 8);
	e->identity = le32_get(value + LXC_IDENTITY);
	*vec_push(&e->ips, n->arena) = ip;
}

uint32_t
node_endpoint_of(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;
	const char *end = strchr(base, '.');
	const char *from;
	uint64_t id = 0;

	if (!end)
		end = base + strlen(base);
	for (from = end;
	     from > base && ascii_is_digit((unsigned char)from[-1]);)
		from--;
	num_u64((struct str){from, (size_t)(end - from)}, UINT16_MAX, &id);
	return (uint32_t)id;
}

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

struct str
node_labels(struct arena *a, struct str *v, size_t n)
{
	struct buf text;

	if (n > 1)
		qsort(v, n, sizeof(*v), compare_str);
	buf_init(&text, a);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&text, ';');
		buf_str(&text, v[i]);
	}
	return buf_as_str(&text);
}

static int
compare_record(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

static int
compare_prefix(const void *a, const void *b)
{
	const struct ipcache_record *x = a, *y = b;

	return cidr_compare(&x->prefix, &y->prefix);
}

static int
compare_map(const void *a, const void *b)
{
	const struct node_map *x = a, *y = b;

	if (x->endpoint != y->endpoint)
		return x->endpoint < y->endpoint ? -1 : 1;
	return strcmp(x->from, y->from);
}

/* The first of equal records stays. */
static void
sort_entries(struct node_map *map)
{
	struct policy_record *v = map->entries.v;
	size_t kept = 0;

	if (map->entries.n > 1)
		qsort(v, map->entries.n, sizeof(*v), compare_record);
	for (size_t i = 0; i < map->entries.n; i++) {
		if (kept == 0 || policy_record_compare(&v[kept - 1], &v[i]))
			v[kept++] = v[i];
	}
	map->entries.n = kept;
}

static void
sort_ipcache(struct node_state *n)
{
	struct ipcache_record *v = n->ipcache.v;
	size_t kept = 0;

	if (n->ipcache.n > 1)
		qsort(v, n->ipcache.n, sizeof(*v), compare_prefix);
	for (size_t i = 0; i < n->ipcache.n; i++) {
		if (kept == 0 ||
		    cidr_compare(&v[kept - 1].prefix, &v[i].prefix))
			v[kept++] = v[i];
	}
	n->ipcache.n = kept;
}

void
node_sort(struct node_state *n)
{
	VEC_FOREACH (map, &n->maps)
		sort_entries(map);
	if (n->maps.n > 1)
		qsort(n->maps.v, n->maps.n, sizeof(*n->maps.v), compare_map);
	sort_ipcache(n);
}
