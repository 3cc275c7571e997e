/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses for the hosts of a test: where one of an identity's own prefixes
 * decides its first address, that one, and otherwise an address of a range that
 * no network uses, which is mapped in the test's ipcache alone.
 */
#include "kernel/testnet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "base/search.h"
#include "base/vec.h"
#include "kernel/load.h"

/* What is gathered before the map can be made. */
struct plan {
	struct arena *arena;
	const struct ipcache_record *known; /* in the order of cidr_compare() */
	uint32_t nknown;
	VEC(struct test_host) hosts;
	VEC(struct test_host) unmapped;
	VEC(struct ipcache_record) added;
	uint32_t spare[2]; /* last number tried, by family - 1 */
};

/* The I-th address of the ranges that no network uses. */
static struct ip
spare_address(uint8_t family, uint32_t i)
{
	struct ip ip = {.family = family};
	uint8_t *end = ip.addr + ip_width(family) / 8;

	ip.addr[0] = family == IP_V4 ? 240 : 1; /* 1: 100::/64 */
	end[-4] |= (uint8_t)(i >> 24);
	end[-3] = (uint8_t)(i >> 16);
	end[-2] = (uint8_t)(i >> 8);
	end[-1] = (uint8_t)i;
	return ip;
}

static bool
begins_with(const struct cidr *prefix, const struct ip *ip)
{
	return prefix->family == ip->family &&
	    memcmp(prefix->addr, ip->addr, sizeof(ip->addr)) == 0;
}

/* Whether some known prefix begins with an address. */
static bool
is_first(const struct plan *p, const struct ip *ip)
{
	struct cidr key = {.family = ip->family};
	uint32_t i;

	memcpy(key.addr, ip->addr, sizeof(key.addr));
	LOWER_BOUND(i, p->nknown, cidr_compare(&p->known[i].prefix, &key) < 0);
	return i < p->nknown && begins_with(&p->known[i].prefix, ip);
}

static bool
is_held(const struct ipcache_record *v, size_t n, const struct ip *ip)
{
	struct cidr host = cidr_of_ip(ip);

	for (size_t i = 0; i < n; i++) {
		if (cidr_contains(&v[i].prefix, &host))
			return true;
	}
	return false;
}

static int
compare_host(const void *a, const void *b)
{
	const struct test_host *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/*
 * Prefixes with the same first address are neighbours, the longest last, so
 * that it gives this address its identity.
 */
static void
use_known_addresses(struct plan *p)
{
	for (uint32_t i = 0; i < p->nknown; i++) {
		const struct ipcache_record *r = &p->known[i];
		struct ip first = {.family = r->prefix.family};
		struct test_host key = {.id = r->id};
		struct test_host *host = bsearch(&key, p->hosts.v, p->hosts.n,
		    sizeof(key), compare_host);
		struct ip *addr = host ? &host->addr[first.family - 1] : NULL;

		memcpy(first.addr, r->prefix.addr, sizeof(first.addr));
		if (addr && addr->family == 0 &&
		    (i + 1 == p->nknown || !begins_with(&r[1].prefix, &first)))
			*addr = first;
	}
}

static void
add_spare_addresses(struct plan *p)
{
	VEC_FOREACH (host, &p->hosts) {
		for (uint8_t f = IP_V4; f <= IP_V6; f++) {
			struct ip *ip = &host->addr[f - 1];

			if (ip->family != 0)
				continue;
			do
				*ip = spare_address(f, ++p->spare[f - 1]);
			while (is_first(p, ip));
			*vec_push(&p->added, p->arena) =
			    (struct ipcache_record){cidr_of_ip(ip), host->id};
		}
	}
}

/* An address that no prefix holds; a plan with 0.0.0.0/1 may have none. */
static void
add_unmapped(struct plan *p, uint8_t family, uint32_t world)
{
	struct ip ip = {.family = family};

	for (unsigned i = 1; i < 256; i++) {
		ip.addr[0] = (uint8_t)i;
		ip.addr[3] = 1;
		if (!is_held(p->known, p->nknown, &ip) &&
		    !is_held(p->added.v, p->added.n, &ip)) {
			struct test_host *host =
			    vec_push(&p->unmapped, p->arena);

			host->id = world;
			host->addr[family - 1] = ip;
			return;
		}
	}
}

static int
add_to_map(int fd, struct plan *p, const struct map_layout *l)
{
	uint8_t key[IPCACHE_KEY_SIZE], value[MAP_VALUE_MAX];
	int error = 0;

	VEC_FOREACH (r, &p->added) {
		ipcache_record_put(l, r, key, value);
		if (!error)
			error = -bpf_map_update_elem(fd, key, value, BPF_ANY);
	}
	return error;
}

int
testnet_open(struct testnet *net, struct arena *a, const struct image *ipcache,
    const uint32_t *ids, uint32_t nids, const uint32_t world[static 2])
{
	struct ipcache_record *known =
	    ARENA_ARRAY(a, struct ipcache_record, ipcache->nentries);
	struct plan plan = {
	    .arena = a,
	    .known = known,
	    .nknown = ipcache->nentries,
	};
	int fd, error;

	for (uint32_t i = 0; i < ipcache->nentries; i++)
		known[i] = image_ipcache(ipcache, i);
	for (uint32_t i = 0; i < nids; i++)
		vec_push(&plan.hosts, a)->id = ids[i];
	qsort(plan.hosts.v, plan.hosts.n, sizeof(*plan.hosts.v), compare_host);
	use_known_addresses(&plan);
	add_spare_addresses(&plan);
	for (uint8_t f = IP_V4; f <= IP_V6; f++)
		add_unmapped(&plan, f, world[f - 1]);
	error = kernel_ipcache_new(ipcache->cilium,
	    ipcache->nentries + (uint32_t)plan.added.n + 1, &fd);
	if (error)
		return error;
	error = kernel_map_fill(fd, ipcache);
	if (!error)
		error = add_to_map(fd, &plan, ipcache->layout);
	if (error) {
		close(fd);
		return error;
	}
	*net = (struct testnet){
	    .fd = fd,
	    .v = plan.hosts.v,
	    .n = (uint32_t)plan.hosts.n,
	    .unmapped = plan.unmapped.v,
	    .nunmapped = (uint32_t)plan.unmapped.n,
	};
	return 0;
}

void
testnet_close(struct testnet *net)
{
	close(net->fd);
}

const struct test_host *
testnet_host(const struct testnet *net, uint32_t id)
{
	struct test_host key = {.id = id};

	return bsearch(&key, net->v, net->n, sizeof(key), compare_host);
}
