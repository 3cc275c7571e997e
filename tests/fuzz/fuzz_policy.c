/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Policies that the schema mostly takes: the bytes are choices on a walk
 * through the tables of a kind, so a changed byte is another field, another
 * value, one item more.  What comes out goes through the whole compiler, in a
 * small world that the values are words of.
 */

#include <assert.h>
#include <stdint.h>

#include "cilium/version.h"
#include "driver/unit.h"
#include "schema/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Levels of structs and lists. */
#define DEPTH_MAX 12

struct choices {
	const uint8_t *data, *end;
	struct buf *out;
	unsigned cilium;
};

static const char *const cidrs[] = {"10.0.0.0/8", "10.0.0.0/16", "0.0.0.0/0",
    "::/0", "2001:db8::/32", "10.0.1.7/32", "::ffff:10.0.0.0/104"};
static const char *const ips[] = {"10.0.0.1", "2001:db8::1", "192.0.2.1"};
static const char *const words[] = {"web", "db", "shop", "80", "443", "http",
    "a.b", "*.example.com", "**.b", "8", "0", "65535", "app", "tier", "k8s:app",
    "reserved:host", "io.kubernetes.pod.namespace", "/a/.*", "GET",
    "EchoRequest", "g", "", "x-y", "cluster", "$h"};
static const int64_t numbers[] = {0, 1, 80, 443, 8080, 65535, -1, 65536, 8,
    100};

static const char world[] =
    "---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: "
    "{tier: web}}}\n"
    "---\n{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web, "
    "labels: {app: web}}, spec: {nodeName: n, containers: [{name: c, ports: "
    "[{name: http, containerPort: 80}]}]}, status: {podIP: 10.0.0.1}}\n"
    "---\n{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: db, "
    "labels: {app: db, tier: web}}, spec: {containers: [{name: c, ports: "
    "[{name: http, containerPort: 8080}]}]}, status: {podIP: 10.0.1.7}}\n"
    "---\n{apiVersion: v1, kind: Node, metadata: {name: n, labels: {app: "
    "web}}, status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}}\n"
    "---\n{apiVersion: v1, kind: Service, metadata: {namespace: shop, name: "
    "web}, spec: {clusterIP: 10.96.0.1, selector: {app: web}, ports: [{port: "
    "80, targetPort: http}]}}\n"
    "---\n{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: "
    "g, labels: {app: web}}, spec: {externalCIDRs: [10.0.0.0/16]}}\n"
    "---\n{apiVersion: cnpc.io/v1alpha1, kind: FQDNCache, names: {a.b: "
    "[192.0.2.9]}}\n";

static unsigned
choose(struct choices *c, unsigned n)
{
	return c->data < c->end ? *c->data++ % n : 0;
}

#define CHOOSE(c, table) \
	((table)[choose((c), sizeof(table) / sizeof((table)[0]))])

static void put_value(struct choices *c, const struct schema_type *t,
    unsigned depth);

static void
put_text(struct choices *c, const struct schema_type *t)
{
	const char *text;
	unsigned n = 0;

	if (t->values) {
		while (t->values[n].s)
			n++;
		buf_printf(c->out, "'" STR_FMT "'",
		    STR_ARG(t->values[choose(c, n)]));
		return;
	}
	if (t->format == SCHEMA_CIDR)
		text = CHOOSE(c, cidrs);
	else if (t->format == SCHEMA_IP)
		text = CHOOSE(c, ips);
	else
		text = CHOOSE(c, words);
	buf_printf(c->out, "'%s'", text);
}

static void
put_number(struct choices *c, const struct schema_type *t)
{
	int64_t n = CHOOSE(c, numbers);

	/* One in eight may be out of its range. */
	if ((n < t->min || n > t->max) && choose(c, 8) > 0)
		n = t->min;
	buf_printf(c->out, "%lld", (long long)n);
}

/* What is required is left out now and then. */
static bool
is_there(struct choices *c, const struct schema_field *f)
{
	return f->required ? choose(c, 16) < 15 : choose(c, 4) == 1;
}

static void
put_struct(struct choices *c, const struct schema_struct *st, unsigned depth)
{
	const char *gap = "";

	buf_putc(c->out, '{');
	for (uint32_t i = 0; depth < DEPTH_MAX && i < st->nfields; i++) {
		const struct schema_field *f = &st->fields[i];

		if (!field_in_version(f, c->cilium) ||
		    f->type->form == SCHEMA_ANY || !is_there(c, f))
			continue;
		buf_printf(c->out, "%s" STR_FMT ": ", gap, STR_ARG(f->name));
		put_value(c, f->type, depth + 1);
		gap = ", ";
	}
	buf_putc(c->out, '}');
}

static void
put_list(struct choices *c, const struct schema_type *item, unsigned depth)
{
	unsigned n = depth < DEPTH_MAX ? choose(c, 4) : 0;

	buf_putc(c->out, '[');
	for (unsigned i = 0; i < n; i++) {
		buf_puts(c->out, i > 0 ? ", " : "");
		put_value(c, item, depth + 1);
	}
	buf_putc(c->out, ']');
}

static void
put_map(struct choices *c, const struct schema_type *item, unsigned depth)
{
	/* Of different words: a key comes once. */
	unsigned n = choose(c, 3), at = choose(c, 200);

	buf_putc(c->out, '{');
	for (unsigned i = 0; i < n; i++) {
		unsigned count = sizeof(words) / sizeof(*words);

		buf_printf(c->out, "%s'%s': ", i > 0 ? ", " : "",
		    words[(at + i) % count]);
		put_value(c, item, depth + 1);
	}
	buf_putc(c->out, '}');
}

static void
put_value(struct choices *c, const struct schema_type *t, unsigned depth)
{
	switch (t->form) {
	case SCHEMA_STR:
		put_text(c, t);
		return;
	case SCHEMA_INT:
		put_number(c, t);
		return;
	case SCHEMA_BOOL:
		buf_puts(c->out, choose(c, 2) ? "true" : "false");
		return;
	case SCHEMA_INT_OR_STR:
		if (choose(c, 2))
			put_number(c, t);
		else
			put_text(c, t);
		return;
	case SCHEMA_STRUCT:
		put_struct(c, t->of, depth);
		return;
	case SCHEMA_LIST:
		put_list(c, t->item, depth);
		return;
	case SCHEMA_MAP:
		put_map(c, t->item, depth);
		return;
	case SCHEMA_ANY:
		buf_puts(c->out, "{}");
		return;
	}
}

/* The value of a kind's field NAME, which is always there. */
static void
put_field(struct choices *c, const struct schema_kind *k, const char *name)
{
	const struct schema_field *f =
	    schema_find_field(k->body, str_of(name), c->cilium);

	if (!f)
		return;
	buf_printf(c->out, "%s: ", name);
	put_value(c, f->type, 0);
	buf_putc(c->out, '\n');
}

/* A kind of policy that the version has. */
static const struct schema_kind *
choose_kind(struct choices *c)
{
	const struct schema_kind *kinds[32];
	unsigned n = 0;

	for (size_t i = 0; i < schema_nkinds; i++) {
		const struct schema_kind *k = &schema_kinds[i];

		if (k->role == SCHEMA_POLICY &&
		    version_within(c->cilium, k->since, k->until))
			kinds[n++] = k;
	}
	return kinds[choose(c, n)];
}

static void
put_policy(struct choices *c, unsigned number)
{
	const struct schema_kind *k = choose_kind(c);

	buf_printf(c->out,
	    "---\napiVersion: %s\nkind: %s\nmetadata: {name: p%u%s}\n", k->api,
	    k->name, number, k->namespaced ? ", namespace: shop" : "");
	put_field(c, k, choose(c, 5) == 4 ? "specs" : "spec");
}

/* What a map says of a peer and what its rules say of it agree. */
static void
check_map(struct unit *u, const struct pmap_direction *d)
{
	static const struct {
		uint8_t proto;
		uint16_t port;
	} packets[] = {{6, 80}, {17, 53}, {6, 65535}, {132, 0}, {1, 8},
	    {89, 0}};

	for (uint32_t peer = 0; peer < u->world.idents.n; peer++) {
		for (size_t i = 0; i < sizeof(packets) / sizeof(*packets);
		     i++) {
			ident_idx_t id = {peer};
			struct pmap_result got = pmap_lookup(d, id,
			    packets[i].proto, packets[i].port);
			struct pmap_why why;

			pmap_why(&why, &u->perm, &u->world, d, id,
			    packets[i].proto, packets[i].port);
			assert((got.verdict == PMAP_DENIED) ==
			    (why.verdict == PMAP_DENIED));
			assert((got.verdict == PMAP_NO_MATCH) ==
			    (why.verdict == PMAP_NO_MATCH));
		}
	}
}

static void
check_maps(struct unit *u)
{
	VEC_FOREACH (e, &u->world.endpoints) {
		const struct pmap_class *c =
		    pmap_class_of_endpoint(&u->pmaps, e);

		for (int dir = 0; c && !c->error && dir < 2; dir++)
			check_map(u, c->direction[dir]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned versions[] = {CILIUM_1_20, CILIUM_1_19,
	    CILIUM_1_18, CILIUM_1_17};
	struct choices c = {.data = data, .end = data + size};
	struct unit_options opt;
	struct unit u;
	struct buf text;

	unit_options_default(&opt);
	c.cilium = CHOOSE(&c, versions);
	opt.jobs = 1;
	opt.version = "fuzz";
	opt.ir.cilium.number = opt.schema.cilium = c.cilium;
	opt.ir.model = choose(&c, 2) ? IR_MODEL_CILIUM : IR_MODEL_CLUSTERWIDE;
	unit_init(&u, &opt);
	buf_init(&text, &u.perm);
	buf_puts(&text, world);
	c.out = &text;
	for (unsigned i = 0; i < 4 && c.data < c.end; i++)
		put_policy(&c, i);
	unit_add_source(&u, "/nowhere/in.yaml", buf_as_str(&text));
	/* What the tables say is YAML, whatever else it may be. */
	unit_run(&u, PASS_BIT(BUNDLE) | PASS_BIT(LINT));
	VEC_FOREACH (d, &u.sink.v)
		assert((*d)->id > 100);
	assert(unit_ran(&u, PASS_PMAP));
	check_maps(&u);
	unit_free(&u);
	return 0;
}
