/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who takes part in the exam, and the entries that meet there: any identity's
 * against a peer's own, each value against each, and each length of a port's
 * prefix against each.
 */
#include "kernel/exam.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/vec.h"

/* A prefix that is longer than an IPv4 address: nothing may be found there. */
#define TRAP_BITS 33
#define TRAP_ID 0xdeadbeef

/*
 * What decides between two entries, one thing at a time: precedences that
 * differ in one byte only, or in the sign; all that authentication can be;
 * proxies.  Of layouts without precedence the last byte is the priority.
 */
static const struct policy_record values[EXAM_VALUES] = {
    {.precedence = 0xffffff01},
    {.precedence = 0xffffffff, .deny = true},
    {.precedence = 0xffffff9a, .proxy_port = 0x2711},
    {.precedence = 0xffffffff},
    {.precedence = 0xffffff01, .auth = 0x81},
    {.precedence = 0xffffff01, .auth = 0x01},
    {.precedence = 0xffffff01, .auth = 0x80},
    {.precedence = 0xffffff01, .auth = 0x02},
    {.precedence = 0xffffff01, .auth = 0x04},
    {.precedence = 0xffffff01, .auth = 0x08},
    {.precedence = 0xffffff01, .auth = 0x10},
    {.precedence = 0xffffff01, .auth = 0x20},
    {.precedence = 0xffffff01, .auth = 0x40},
    {.precedence = 0xffffff01, .auth = 0x7f},
    {.precedence = 0xffffff01, .auth = 0xff},
    {.precedence = 0xffffff01, .auth = 0x01, .proxy_port = 0x4321},
    {.precedence = 0xffffff01, .proxy_port = 0x1234},
    {.precedence = 0xfffeff01, .deny = true},
    {.precedence = 0x7fffff01, .proxy_port = 0xff00},
    {.precedence = 0x80000080, .proxy_port = 0x8000},
    {.precedence = 0xffffff7f, .proxy_port = 0x0001},
    {.precedence = 0x00000001, .proxy_port = 0x00ff},
    {.precedence = 0xffffff00},
    {.precedence = 0xffffff00, .auth = 0x01},
    {.precedence = 0xffffff00, .proxy_port = 0x0101},
};

/* What shows which entry of a family of lengths was chosen. */
#define ANY_PROXY 0x0a41
#define OWN_PROXY 0x0b41

#define LENGTHS_PORT 0xa5c3

uint16_t
exam_port_longer(unsigned i)
{
	return (uint16_t)(0x1081 + 0x0101 * i);
}

uint16_t
exam_port_equal(unsigned i)
{
	return (uint16_t)(0x8081 + 0x0101 * i);
}

uint16_t
exam_port_shorter(unsigned i)
{
	return (uint16_t)(0x405a + 0x0100 * i);
}

uint16_t
exam_port_length(unsigned i)
{
	return (uint16_t)(LENGTHS_PORT ^ 0x8000 >> i);
}

/* What is gathered. */
struct maps {
	struct arena *arena;
	VEC(struct policy_record) entries;
	VEC(struct ipcache_record) prefixes;
	unsigned nhosts;
};

/* No two bytes of its number or addresses are alike, and none is 0. */
static struct test_host
new_host(struct maps *m)
{
	unsigned n = m->nhosts++;
	struct test_host host = {
	    .id = 0x51a2b3c4 + 0x01010101 * n,
	    .addr = {{.family = IP_V4}, {.family = IP_V6}},
	};

	for (uint8_t f = IP_V4; f <= IP_V6; f++) {
		struct ip *ip = &host.addr[f - 1];

		for (unsigned i = 0; i < ip_width(f) / 8; i++)
			ip->addr[i] = (uint8_t)(0x0b + 0x0d * i + n);
	}
	return host;
}

static void
map_host(struct maps *m, const struct test_host *host)
{
	struct cidr trap = cidr_of_ip(&host->addr[IP_V4 - 1]);

	for (unsigned f = 0; f < 2; f++)
		*vec_push(&m->prefixes, m->arena) =
		    (struct ipcache_record){cidr_of_ip(&host->addr[f]),
			host->id};
	trap.bits = TRAP_BITS;
	*vec_push(&m->prefixes, m->arena) =
	    (struct ipcache_record){trap, TRAP_ID};
}

static struct test_host
new_mapped_host(struct maps *m)
{
	struct test_host host = new_host(m);

	map_host(m, &host);
	return host;
}

/* Its addresses are next to those of ANOTHER. */
static struct test_host
new_near_host(struct maps *m, const struct test_host *another)
{
	struct test_host host = new_host(m);

	for (uint8_t f = IP_V4; f <= IP_V6; f++) {
		host.addr[f - 1] = another->addr[f - 1];
		host.addr[f - 1].addr[ip_width(f) / 8 - 1]--;
	}
	map_host(m, &host);
	return host;
}

/*
 * The same in both directions, but for the proxy, so that it is seen whose
 * entry it was.
 */
static void
add(struct maps *m, struct policy_record r, unsigned bits)
{
	for (enum direction dir = DIR_INGRESS; dir <= DIR_EGRESS; dir++) {
		r.dir = dir;
		r.port_bits = (uint8_t)bits;
		r.port = (uint16_t)(r.port & 0xffff0000u >> bits);
		/* A prefix of port 0 is no entry. */
		if (bits == 0 || r.port != 0)
			*vec_push(&m->entries, m->arena) = r;
		if (r.proxy_port != 0)
			r.proxy_port ^= 0x4000;
	}
}

static struct policy_record
entry(struct policy_record value, uint32_t id, uint8_t proto, uint16_t port)
{
	value.id = id;
	value.proto = proto;
	value.port = port;
	return value;
}

static void
add_values(struct maps *m, struct exam *e)
{
	for (unsigned i = 0; i < EXAM_VALUES; i++) {
		struct policy_record v = values[i];
		uint32_t id;

		e->values[i] = new_mapped_host(m);
		id = e->values[i].id;
		add(m, entry(v, 0, IPPROTO_UDP, exam_port_longer(i)), 16);
		add(m, entry(v, 0, IPPROTO_UDP, exam_port_equal(i)), 16);
		add(m, entry(v, 0, IPPROTO_SCTP, exam_port_shorter(i)), 8);
		if (v.proxy_port)
			v.proxy_port ^= 0x2020;
		add(m, entry(v, id, 0, 0), 0);
		for (unsigned k = 0; k < EXAM_VALUES; k++) {
			add(m, entry(v, id, IPPROTO_UDP, exam_port_equal(k)),
			    16);
			add(m, entry(v, id, IPPROTO_SCTP, exam_port_shorter(k)),
			    16);
		}
	}
}

/*
 * Any identity has a prefix of each length around one port, so that a port that
 * shares N bits with it finds the one of length N.  Each peer has a single
 * length at all of these ports.
 */
static void
add_lengths(struct maps *m, struct exam *e)
{
	for (unsigned own = 0; own < EXAM_LENGTHS; own++) {
		struct policy_record v = {.precedence = 0xffffff9a,
		    .proxy_port = (uint16_t)(ANY_PROXY + own)};
		uint32_t id;

		e->lengths[own] = new_mapped_host(m);
		id = e->lengths[own].id;
		add(m, entry(v, 0, IPPROTO_TCP, LENGTHS_PORT), own);
		v.proxy_port = (uint16_t)(OWN_PROXY + own);
		add(m, entry(v, id, IPPROTO_TCP, LENGTHS_PORT), own);
		for (unsigned any = 0; any < own; any++)
			add(m, entry(v, id, IPPROTO_TCP, exam_port_length(any)),
			    own);
	}
}

static void
add_protocols(struct maps *m, struct exam *e)
{
	struct policy_record v = {.precedence = 0xffffff9a};

	e->protocols = new_mapped_host(m);
	for (unsigned proto = 1; proto <= UINT8_MAX; proto++) {
		v.proxy_port = (uint16_t)(0x0101 * proto);
		add(m, entry(v, e->protocols.id, (uint8_t)proto, 0), 0);
	}
	for (unsigned type = 1; type <= UINT8_MAX; type <<= 1) {
		v.proxy_port = (uint16_t)(0x0c00 + type);
		add(m, entry(v, e->protocols.id, IPPROTO_ICMP, (uint16_t)type),
		    16);
		add(m,
		    entry(v, e->protocols.id, IPPROTO_ICMPV6, (uint16_t)type),
		    16);
	}
}

static int
compare_entry(const void *a, const void *b)
{
	return policy_record_compare(a, b);
}

static int
compare_prefix(const void *a, const void *b)
{
	const struct ipcache_record *x = a, *y = b;

	return cidr_compare(&x->prefix, &y->prefix);
}

int
exam_open(struct exam *ret_exam, struct arena *a, unsigned cilium)
{
	struct maps m = {.arena = a};
	struct exam e = {0};
	struct image prefixes;
	int error;

	e.local = new_mapped_host(&m);
	e.near = new_near_host(&m, &e.local);
	e.nobody = new_mapped_host(&m);
	e.everything = new_mapped_host(&m);
	e.denied = new_mapped_host(&m);
	e.unmapped = new_host(&m);
	add(&m, entry(values[0], e.everything.id, 0, 0), 0);
	add(&m, entry(values[0], e.near.id, 0, 0), 0);
	add(&m, entry(values[1], e.denied.id, 0, 0), 0);
	add_values(&m, &e);
	add_lengths(&m, &e);
	add_protocols(&m, &e);
	qsort(m.entries.v, m.entries.n, sizeof(*m.entries.v), compare_entry);
	qsort(m.prefixes.v, m.prefixes.n, sizeof(*m.prefixes.v),
	    compare_prefix);
	image_put_policy(&e.policy, a, cilium, m.entries.v,
	    (uint32_t)m.entries.n, (uint32_t)m.entries.n);
	image_put_ipcache(&prefixes, a, cilium, m.prefixes.v,
	    (uint32_t)m.prefixes.n, (uint32_t)m.prefixes.n);
	policy_table_read(&e.table, a, &e.policy);
	error = kernel_ipcache_new(cilium, prefixes.nentries, &e.ipcache);
	if (error)
		return error;
	error = kernel_map_fill(e.ipcache, &prefixes);
	if (error)
		close(e.ipcache);
	else
		*ret_exam = e;
	return error;
}

void
exam_close(struct exam *e)
{
	close(e->ipcache);
}
