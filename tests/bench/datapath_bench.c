/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What programs take for a packet, all with the same maps.
 *
 *     datapath_bench FAMILY PREFIXES ENTRIES ROUNDS OBJECT:PROGRAM...
 *
 * FAMILY is 4 or 6; the ipcache has so many prefixes, each of one address, and
 * the policy so many entries. Every program is run on two packets that leave an
 * endpoint and that an entry allows: TCP, of one connection all the time, and
 * ICMP, which belongs to no connection, so that the policy is asked each time.
 * Prints "OBJECT:PROGRAM PACKET NANOSECONDS", of the fastest of the rounds, in
 * which all take turns. Requires CAP_BPF and CAP_NET_ADMIN.
 */

#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <linux/pkt_cls.h>

#include "cilium/version.h"
#include "cnpc_abi.h"
#include "kernel/frame.h"
#include "kernel/load.h"

enum {
	REPEATS = 1000000,
	PROGRAMS_MAX = 16,
	FIRST_IDENTITY = 1000,
	PORT = 80,
	TYPE = 13, /* of ICMP: nothing that connections know */
	PACKETS = 2,
};

static const char *const packet_names[PACKETS] = {"tcp", "icmp"};

struct maps {
	int family, ipcache, policy;
	uint32_t prefixes, entries;
};

struct subject {
	const char *name;
	int prog;
	uint32_t best[PACKETS];
};

static struct ip
address_of(int family, uint32_t i)
{
	struct ip ip = {.family = family == 4 ? IP_V4 : IP_V6};
	uint32_t low = htonl(i);
	size_t size = family == 4 ? 4 : 16;

	ip.addr[0] = family == 4 ? 10 : 0xfd;
	memcpy(ip.addr + size - 3, (uint8_t *)&low + 1, 3);
	return ip;
}

/* Each of the identities that have entries has as many as any other. */
static uint32_t
identity_of(const struct maps *m, uint32_t i)
{
	return FIRST_IDENTITY + i % (m->entries / PACKETS);
}

static void
put(int fd, const void *key, const void *value)
{
	if (bpf_map_update_elem(fd, key, value, BPF_ANY) != 0)
		err(1, "an entry");
}

static void
fill(const struct maps *m)
{
	uint8_t icmp = m->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	const struct cnpc_policy_value allow = {
	    .flags = (CNPC_POLICY_BITS_FULL - CNPC_POLICY_BITS_ANY)
		<< CNPC_POLICY_LPM_SHIFT,
	    .precedence = 0xffffff01,
	};

	for (uint32_t i = 0; i < m->prefixes; i++) {
		struct ip ip = address_of(m->family, i);
		struct cnpc_ipcache_key key = {
		    .prefixlen =
			CNPC_IPCACHE_BITS + (m->family == 4 ? 32 : 128),
		    .family = m->family == 4 ? CNPC_IPV4 : CNPC_IPV6,
		};
		struct cnpc_ipcache_value value = {
		    .sec_identity = identity_of(m, i),
		};

		memcpy(key.addr, ip.addr, sizeof(key.addr));
		put(m->ipcache, &key, &value);
	}
	for (uint32_t i = 0; i < m->entries; i++) {
		struct cnpc_policy_key key = {
		    .prefixlen = CNPC_POLICY_BITS_FULL,
		    .sec_label = identity_of(m, i / PACKETS),
		    .egress = CNPC_EGRESS,
		    .protocol = i % PACKETS ? icmp : IPPROTO_TCP,
		    .dport = htons(i % PACKETS ? TYPE : PORT),
		};

		put(m->policy, &key, &allow);
	}
}

static void
make_maps(struct maps *m)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts,
	    .map_flags = BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG);
	int error = kernel_ipcache_new(VERSION_LAST, m->prefixes, &m->ipcache);

	if (error)
		errx(1, "the ipcache: %s", strerrordesc_np(error));
	m->policy = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, CNPC_MAP_POLICY,
	    sizeof(struct cnpc_policy_key), sizeof(struct cnpc_policy_value),
	    m->entries, &opts);
	if (m->policy < 0)
		err(1, "the policy");
	fill(m);
}

static void
share(const struct bpf_object *object, const char *name, int fd)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (!map || bpf_map__reuse_fd(map, fd) != 0)
		errx(1, "%s: not the map that it was", name);
}

/* NAME is OBJECT:PROGRAM. */
static struct subject
load(const struct maps *m, char *name)
{
	const char *colon = strchr(name, ':');
	char *path = colon ? strndup(name, (size_t)(colon - name)) : NULL;
	struct bpf_object *object = path ? bpf_object__open(path) : NULL;
	struct bpf_map *matches;
	struct bpf_program *prog;

	if (!object)
		errx(1, "%s: not OBJECT:PROGRAM", name);
	free(path);
	share(object, CNPC_MAP_POLICY, m->policy);
	share(object, CNPC_MAP_IPCACHE, m->ipcache);
	matches = bpf_object__find_map_by_name(object, CNPC_MAP_MATCHES);
	if (matches && bpf_map__set_max_entries(matches, m->entries) != 0)
		errx(1, "%s: no matches", name);
	if (bpf_object__load(object) != 0)
		errx(1, "%s: not loaded", name);
	prog = bpf_object__find_program_by_name(object, colon + 1);
	if (!prog)
		errx(1, "%s: no such program", name);
	return (struct subject){name, bpf_program__fd(prog),
	    {UINT32_MAX, UINT32_MAX}};
}

static void
make_packet(struct buf *b, const struct maps *m, int packet)
{
	struct ip from = address_of(m->family, 1);
	struct ip to = address_of(m->family, m->prefixes / 2);
	uint8_t icmp = m->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	uint8_t proto = packet == 0 ? IPPROTO_TCP : icmp;

	if (m->family == 4) {
		frame_ethernet(b, ETH_P_IP);
		frame_ipv4(b, 0x45, 0, proto, &from, &to);
	} else {
		frame_ethernet(b, ETH_P_IPV6);
		frame_ipv6(b, proto, &from, &to);
	}
	if (packet == 0)
		frame_ports(b, PORT);
	else
		frame_icmp(b, TYPE, 0);
	/* What the kernel sends is no shorter. */
	frame_fill(b, 64);
}

static void
run(struct subject *s, const struct buf *frame, int packet)
{
	struct str data = buf_as_str(frame);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data.s,
	    .data_size_in = (uint32_t)data.n, .repeat = REPEATS);

	if (bpf_prog_test_run_opts(s->prog, &opts) != 0)
		err(1, "%s", s->name);
	if ((int32_t)opts.retval != TC_ACT_UNSPEC)
		errx(1, "%s: %s was dropped", s->name, packet_names[packet]);
	if (opts.duration < s->best[packet])
		s->best[packet] = opts.duration;
}

static uint32_t
number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n == 0 || n > UINT32_MAX)
		errx(1, "%s: not a number", text);
	return (uint32_t)n;
}

int
main(int argc, char **argv)
{
	struct subject subjects[PROGRAMS_MAX];
	struct arena arena = {0};
	struct buf packets[PACKETS];
	struct maps m;
	uint32_t rounds;
	int n = argc - 5;

	if (n < 1 || n > PROGRAMS_MAX)
		errx(1,
		    "usage: datapath_bench FAMILY PREFIXES ENTRIES ROUNDS "
		    "OBJECT:PROGRAM...");
	m.family = (int)number(argv[1]);
	m.prefixes = number(argv[2]);
	m.entries = number(argv[3]);
	rounds = number(argv[4]);
	make_maps(&m);
	for (int i = 0; i < n; i++)
		subjects[i] = load(&m, argv[5 + i]);
	for (int p = 0; p < PACKETS; p++) {
		buf_init(&packets[p], &arena);
		make_packet(&packets[p], &m, p);
	}
	for (uint32_t r = 0; r < rounds; r++) {
		for (int i = 0; i < n * PACKETS; i++)
			run(&subjects[i / PACKETS], &packets[i % PACKETS],
			    i % PACKETS);
	}
	for (int i = 0; i < n * PACKETS; i++)
		printf("%s %s %u\n", subjects[i / PACKETS].name,
		    packet_names[i % PACKETS],
		    subjects[i / PACKETS].best[i % PACKETS]);
	arena_free(&arena);
	return 0;
}
