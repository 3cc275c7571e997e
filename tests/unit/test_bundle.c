/* SPDX-License-Identifier: Apache-2.0 */

/* Bundles of small worlds, and what is said of one that was changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pending.h"
#include "base/hash.h"
#include "bundle/write.h"
#include "bundle/decide.h"
#include "bundle/factored.h"
#include "bundle/pack.h"
#include "bundle/image.h"
#include "kernel/verify.h"
#include "compile.h"
#include "yaml/yaml_read.h"

#define FILE_MAX ((size_t)16 << 20)

/* Two pods with one policy, one with another, one with none. */
static const char shop[] =
    "apiVersion: v1\n"
    "kind: Namespace\n"
    "metadata: {name: shop}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: web-0, namespace: shop, labels: {app: web}}\n"
    "spec: {containers: [{name: c}]}\n"
    "status: {podIP: 10.0.0.1}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: api-0, namespace: shop, labels: {app: api}}\n"
    "spec: {containers: [{name: c}]}\n"
    "status: {podIP: 10.0.0.2}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: db-0, namespace: shop, labels: {app: db}}\n"
    "spec: {containers: [{name: c}]}\n"
    "status: {podIP: 10.0.0.3, podIPs: [{ip: 10.0.0.3}, {ip: 'fd00::3'}]}\n"
    "---\n"
    "apiVersion: cilium.io/v2\n"
    "kind: CiliumNetworkPolicy\n"
    "metadata: {name: db, namespace: shop}\n"
    "spec:\n"
    "  endpointSelector: {matchLabels: {app: db}}\n"
    "  ingress:\n"
    "  - fromEndpoints: [{matchLabels: {app: api}}]\n"
    "    toPorts: [{ports: [{port: '5432', protocol: TCP}]}]\n"
    "  egress:\n"
    "  - toCIDR: [192.0.2.0/24]\n";

/* Each test works in an empty directory of its own. */
struct fixture {
	char dir[32];
	struct arena arena;
	struct pool pool;
	struct diag_sink sink;
	struct source_set sources;
	struct unit unit;
	bool compiled;
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	pool_init(&f->pool, 2);
	diag_sink_init(&f->sink, &f->arena);
	source_set_init(&f->sources, &f->arena);
	strcpy(f->dir, P_tmpdir "/cnpc-test-XXXXXX");
	*state = f;
	return mkdtemp(f->dir) ? chdir(f->dir) : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->compiled)
		unit_free(&f->unit);
	pool_free(&f->pool);
	arena_free(&f->arena);
	if (chdir("/") < 0 ||
	    nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		return -1;
	free(f);
	return 0;
}

static void
compile_text(struct fixture *f, const char *text)
{
	compile_clean(&f->unit, NULL, text);
	f->compiled = true;
}

/* Makes the bundle and, unless there was an error, writes it. */
static int
write_bundle(struct fixture *f, const char *dir, struct bundle_summary *ret)
{
	struct bundle_options opt = {.version = "1.2.3",
	    .sources = &f->unit.sources,
	    .objects = &f->unit.objects,
	    .schema = f->unit.opt.schema};
	struct bundle b;

	bundle_make(&b, &f->unit.pool, &f->arena, &f->sink, &opt,
	    &f->unit.pmaps);
	*ret = b.summary;
	return diag_failed(&f->sink) ? 0 : compile_write(&b, &f->arena, dir);
}

static struct str
read_file(struct fixture *f, const char *dir, const char *name)
{
	const char *path = arena_printf(&f->arena, "%s/%s", dir, name);
	struct str text = {0};

	assert_int_equal(file_read(&f->arena, path, FILE_MAX, &text), 0);
	return text;
}

static const struct ynode *
read_json(struct fixture *f, const char *dir, const char *name)
{
	struct str text = read_file(f, dir, name);
	const struct ynode *n = json_read(&f->arena, &f->sink, text,
	    source_add(&f->sources, name, text), 0, &ylimits_default);

	assert_non_null(n);
	return n;
}

/* A policy's entries, by the name of its image. */
static void
read_policy(struct fixture *f, const char *dir, struct str name,
    struct image *ret)
{
	const struct str *bytes;
	struct peer_sets peers;
	const char *problem;
	struct pack pack;

	assert_true(peer_sets_read(&peers, &f->arena,
	    read_file(f, dir, BUNDLE_PEERS), &problem));
	assert_true(pack_read(&pack, &f->arena,
	    read_file(f, dir, BUNDLE_POLICIES), &problem));
	bytes = pack_find(&pack, name);
	assert_non_null(bytes);
	assert_true(
	    factored_read(ret, &f->arena, *bytes, &peers, NULL, &problem));
}

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The message of the only diagnostic so far. */
static const char *
only_diag(struct fixture *f)
{
	assert_int_equal(f->sink.v.n, 1);
	return f->sink.v.v[0]->text;
}

static void
test_files(void **state)
{
	struct fixture *f = *state;
	struct bundle_summary s;
	const struct ynode *manifest, *outputs, *policies, *endpoints;

	compile_text(f, shop);
	assert_int_equal(write_bundle(f, "out", &s), 0);
	assert_int_equal(f->sink.v.n, 0);
	assert_int_equal(s.endpoints, 3);
	assert_int_equal(s.classes, 2);
	assert_int_equal(s.images, 2);
	/* One judges both directions, one neither. */
	assert_int_equal(s.programs, 2);
	assert_int_equal(s.unresolved, 0);
	assert_int_equal(s.prefixes, f->unit.world.ipcache.n);
	assert_int_equal(s.identities, f->unit.world.idents.n);

	/* Each output is there and has the hash that is written. */
	manifest = read_json(f, "out", BUNDLE_MANIFEST);
	outputs = ynode_get(manifest, "outputs");
	assert_int_equal(outputs->seq.n, BUNDLE_KINDS + s.programs);
	for (uint32_t i = 0; i < outputs->seq.n; i++) {
		const struct ynode *o = outputs->seq.v[i];
		struct str text =
		    read_file(f, "out", ynode_get(o, "name")->s.s);
		char hash[HASH_STRLEN];

		hash_text(text, hash);
		assert_true(str_is(ynode_get(o, "xxh3_128")->s, hash));
		assert_int_equal(ynode_get(o, "bytes")->i, text.n);
	}
	assert_true(
	    str_is(ynode_get(ynode_get(manifest, "inputs")->seq.v[0], "name")
		       ->s,
		"in.yaml"));
	assert_true(str_is(ynode_get(manifest, "cnpc")->s, "1.2.3"));
	assert_true(
	    str_is(ynode_get(ynode_get(manifest, "options"), "precedence")->s,
		"clusterwide"));

	/* Every policy says that nobody verified it. */
	policies = ynode_get(manifest, "policies");
	assert_int_equal(policies->seq.n, 2);
	for (uint32_t i = 0; i < policies->seq.n; i++) {
		const struct ynode *p = policies->seq.v[i];
		struct image img;

		read_policy(f, "out", ynode_get(p, "image")->s, &img);
		assert_int_equal(ynode_get(p, "entries")->i, img.nentries);
		assert_true(
		    str_is(ynode_get(ynode_get(p, "verifier"), "status")->s,
			"not run"));
	}

	/* web and api have the same policy, db another. */
	endpoints = read_json(f, "out", BUNDLE_ENDPOINTS);
	assert_int_equal(endpoints->seq.n, 3);
	assert_true(str_eq(ynode_get(endpoints->seq.v[0], "image")->s,
	    ynode_get(endpoints->seq.v[2], "image")->s));
	assert_false(str_eq(ynode_get(endpoints->seq.v[0], "image")->s,
	    ynode_get(endpoints->seq.v[1], "image")->s));
}

/* What the db's image says about an api pod. */
static void
test_content(void **state)
{
	struct fixture *f = *state;
	const struct ynode *endpoints, *db, *api;
	struct bundle_summary s;
	struct policy_table t;
	const char *problem;
	struct image img;
	uint32_t id;

	compile_text(f, shop);
	assert_int_equal(write_bundle(f, "out", &s), 0);
	endpoints = read_json(f, "out", BUNDLE_ENDPOINTS);
	api = endpoints->seq.v[0];
	db = endpoints->seq.v[1];
	assert_true(str_is(ynode_get(api, "name")->s, "api-0"));
	assert_true(str_is(ynode_get(db, "name")->s, "db-0"));
	assert_int_equal(ynode_get(db, "ips")->seq.n, 2);
	id = (uint32_t)ynode_get(api, "identity")->i;
	read_policy(f, "out", ynode_get(db, "image")->s, &img);
	policy_table_read(&t, &f->arena, &img);
	assert_int_equal(policy_decide(&t, DIR_INGRESS, id, 6, 5432).reason, 0);
	assert_int_equal(policy_decide(&t, DIR_INGRESS, id, 6, 5433).reason,
	    133);
	assert_true(image_read(&img, read_file(f, "out", BUNDLE_IPCACHE),
	    IMAGE_IPCACHE, &problem));
	assert_int_equal(image_ipcache(&img, 1).id, id);
}

/* A pod whose requests are checked, and what other rules say of its ports. */
static const char shop_l7[] =
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: web-0, namespace: shop, labels: {app: web}}\n"
    "spec: {containers: [{name: c}]}\n"
    "status: {podIP: 10.0.0.1}\n"
    "---\n"
    "apiVersion: v1\n"
    "kind: Pod\n"
    "metadata: {name: api-0, namespace: shop, labels: {app: api}}\n"
    "spec: {containers: [{name: c}]}\n"
    "status: {podIP: 10.0.0.2}\n"
    "---\n"
    "apiVersion: cilium.io/v2\n"
    "kind: CiliumNetworkPolicy\n"
    "metadata: {name: api, namespace: shop}\n"
    "spec:\n"
    "  endpointSelector: {matchLabels: {app: api}}\n"
    "  ingress:\n"
    "  - fromEndpoints: [{matchLabels: {app: web}}]\n"
    "    toPorts:\n"
    "    - ports: [{port: '80', endPort: 90, protocol: TCP}]\n"
    "      rules:\n"
    "        http:\n"
    "        - {method: GET, path: /items}\n"
    "        - headers: ['X-A: b']\n"
    "          headerMatches:\n"
    "          - {name: X-T, secret: {name: s}, mismatch: LOG}\n"
    "  - fromEndpoints: [{matchLabels: {app: web}}]\n"
    "    toPorts:\n"
    "    - ports: [{port: '80', endPort: 90, protocol: TCP}]\n"
    "  - toPorts:\n"
    "    - ports: [{port: '85', protocol: TCP}, {port: '443', protocol: TCP}]\n"
    "  egress:\n"
    "  - toPorts:\n"
    "    - ports: [{port: '53'}]\n"
    "      rules: {dns: [{matchPattern: '*.example.com'}]}\n"
    "  - toPorts:\n"
    "    - ports: [{port: '443', protocol: TCP}]\n"
    "      serverNames: [a.example.com, b.example.com]\n";

/* The numbers of a list as text: "0 1". */
static const char *
numbers(struct fixture *f, const struct ynode *list)
{
	struct buf b;

	buf_init(&b, &f->arena);
	buf_puts(&b, "");
	for (uint32_t i = 0; i < list->seq.n; i++)
		buf_printf(&b, "%s%u", i > 0 ? " " : "",
		    (unsigned)list->seq.v[i]->i);
	return b.p;
}

static void
test_l7(void **state)
{
	static const struct {
		const char *parser; /* NULL: read by no proxy */
		const char *protocol;
		int port, end, proxy_port;
		const char *rules;
	} cases[] = {
	    {"http", "tcp", 80, 90, 10001, "0 1 2"},
	    {NULL, "tcp", 85, 0, 0, "3"},
	    {"dns", "tcp", 53, 0, 10002, "4"},
	    {"tls", "tcp", 443, 0, 10003, "5"},
	    {"dns", "udp", 53, 0, 10002, "4"},
	    {"dns", "sctp", 53, 0, 10002, "4"},
	};
	struct fixture *f = *state;
	const struct ynode *l7, *dirs, *rules, *refs;
	struct bundle_summary s;
	size_t i = 0;

	compile_text(f, shop_l7);
	assert_int_equal(write_bundle(f, "out", &s), 0);
	refs = ynode_get(read_json(f, "out", BUNDLE_ENDPOINTS)->seq.v[0], "l7");
	assert_int_equal(ynode_get(refs, "ingress")->i, 0);
	assert_int_equal(ynode_get(refs, "egress")->i, 1);
	l7 = read_json(f, "out", BUNDLE_L7);
	dirs = ynode_get(l7, "directions");
	rules = ynode_get(l7, "rules");
	for (uint32_t d = 0; d < dirs->seq.n; d++) {
		const struct ynode *list = ynode_get(dirs->seq.v[d], "grants");

		for (uint32_t k = 0; k < list->seq.n; k++, i++) {
			const struct ynode *g = list->seq.v[k];
			const struct ynode *parser = ynode_get(g, "parser");
			const struct ynode *end = ynode_get(g, "end_port");
			const struct ynode *proxy = ynode_get(g, "proxy_port");

			assert_int_equal(!!parser, !!cases[i].parser);
			if (parser)
				assert_true(str_is(parser->s, cases[i].parser));
			assert_true(str_is(ynode_get(g, "protocol")->s,
			    cases[i].protocol));
			assert_int_equal(ynode_get(g, "port")->i,
			    cases[i].port);
			assert_int_equal(end ? end->i : 0, cases[i].end);
			assert_int_equal(proxy ? proxy->i : 0,
			    cases[i].proxy_port);
			assert_string_equal(numbers(f, ynode_get(g, "rules")),
			    cases[i].rules);
		}
	}
	assert_int_equal(i, sizeof(cases) / sizeof(*cases));
	assert_int_equal(ynode_get(rules->seq.v[0], "line")->i, 24);
	assert_true(
	    str_is(ynode_get(ynode_get(rules->seq.v[0], "http"), "path")->s,
		"/items"));
	assert_true(str_is(ynode_get(rules->seq.v[2], "all")->s, "no-rules"));
	assert_int_equal(ynode_get(ynode_get(dirs->seq.v[1], "grants")
				       ->seq.v[1],
			     "server_names")
			     ->seq.n,
	    2);
}

#define OLD_ENDPOINT(name)                               \
	"---\n"                                          \
	"apiVersion: cilium.io/v2\n"                     \
	"kind: CiliumEndpoint\n"                         \
	"metadata: {name: " name ", namespace: shop}\n"  \
	"status: {identity: {labels: [\"k8s:app=web\", " \
	"\"k8s:io.kubernetes.pod.namespace=shop\"]}}\n"

/* Two pods of one identity, of an old agent, that number a port differently. */
static void
test_named_ports(void **state)
{
	static const char text[] =
	    "apiVersion: v1\n"
	    "kind: Pod\n"
	    "metadata: {name: a, namespace: shop, labels: {app: web}}\n"
	    "spec: {containers: [{name: c, ports: [{name: http, "
	    "containerPort: 80}]}]}\n"
	    "---\n"
	    "apiVersion: v1\n"
	    "kind: Pod\n"
	    "metadata: {name: b, namespace: shop, labels: {app: web}}\n"
	    "spec: {containers: [{name: c, ports: [{name: http, "
	    "containerPort: 81}]}]}\n" OLD_ENDPOINT("a") OLD_ENDPOINT(
		"b") "---\n"
		     "apiVersion: cilium.io/v2\n"
		     "kind: CiliumNetworkPolicy\n"
		     "metadata: {name: p, namespace: shop}\n"
		     "spec:\n"
		     "  endpointSelector: {}\n"
		     "  ingress: [{toPorts: [{ports: [{port: http}]}]}]\n";
	struct fixture *f = *state;
	const struct ynode *endpoints, *policies;
	struct bundle_summary s;

	compile_text(f, text);
	assert_int_equal(write_bundle(f, "out", &s), 0);
	endpoints = read_json(f, "out", BUNDLE_ENDPOINTS);
	policies = ynode_get(read_json(f, "out", BUNDLE_MANIFEST), "policies");
	assert_int_equal(policies->seq.n, 2);
	for (uint32_t i = 0; i < 2; i++) {
		const struct ynode *p = policies->seq.v[i];

		assert_true(str_eq(ynode_get(endpoints->seq.v[i], "image")->s,
		    ynode_get(p, "image")->s));
		assert_string_equal(numbers(f, ynode_get(p, "identities")),
		    "256");
	}
}

/* The same input gives the same bytes, wherever they are written. */
static void
test_reproducible(void **state)
{
	struct fixture *f = *state;
	const struct ynode *outputs;
	struct bundle_summary s;

	compile_text(f, shop);
	assert_int_equal(mkdir("deep", 0755), 0);
	assert_int_equal(write_bundle(f, "one", &s), 0);
	assert_int_equal(write_bundle(f, "deep/two", &s), 0);
	assert_true(str_eq(read_file(f, "one", BUNDLE_MANIFEST),
	    read_file(f, "deep/two", BUNDLE_MANIFEST)));
	outputs = ynode_get(read_json(f, "one", BUNDLE_MANIFEST), "outputs");
	for (uint32_t i = 0; i < outputs->seq.n; i++) {
		const char *name = ynode_get(outputs->seq.v[i], "name")->s.s;

		assert_true(str_eq(read_file(f, "one", name),
		    read_file(f, "deep/two", name)));
	}
}

static void
test_replaces_only_bundles(void **state)
{
	struct fixture *f = *state;
	struct bundle_summary s;

	compile_text(f, shop);
	assert_int_equal(mkdir("empty", 0755), 0);
	assert_int_equal(write_bundle(f, "empty", &s), 0);
	assert_int_equal(write_bundle(f, "empty", &s), 0);
	assert_int_equal(f->sink.v.n, 0);

	assert_int_equal(mkdir("home", 0755), 0);
	assert_int_equal(file_write("home/letter", STR("dear")), 0);
	assert_int_equal(write_bundle(f, "home", &s), EEXIST);
	assert_true(exists("home/letter"));
	assert_false(exists("home/" BUNDLE_MANIFEST));
}

static void
test_system_error(void **state)
{
	struct fixture *f = *state;
	struct bundle_summary s;

	compile_text(f, shop);
	assert_int_equal(write_bundle(f, "no/such/place", &s), ENOENT);
	assert_int_equal(f->sink.v.n, 0);
}

/* A pod that NPEERS others may ask at 30 port prefixes. */
static const char *
many_entries(struct fixture *f, unsigned npeers)
{
	struct buf b;

	buf_init(&b, &f->arena);
	buf_puts(&b, shop);
	for (unsigned i = 0; i < npeers; i++)
		buf_printf(&b,
		    "---\n"
		    "apiVersion: v1\n"
		    "kind: Pod\n"
		    "metadata: {name: p%u, namespace: shop, "
		    "labels: {app: peer, n: '%u'}}\n"
		    "spec: {containers: [{name: c}]}\n"
		    "status: {podIP: 10.1.%u.%u}\n",
		    i, i, i / 256, i % 256);
	buf_puts(&b,
	    "---\n"
	    "apiVersion: cilium.io/v2\n"
	    "kind: CiliumNetworkPolicy\n"
	    "metadata: {name: many, namespace: shop}\n"
	    "spec:\n"
	    "  endpointSelector: {matchLabels: {app: web}}\n"
	    "  ingress:\n"
	    "  - fromEndpoints: [{matchLabels: {app: peer}}]\n"
	    "    toPorts:\n"
	    "    - ports: [{port: '1', endPort: 65534, protocol: TCP}]\n");
	return b.p;
}

static void
test_overflow(void **state)
{
	struct fixture *f = *state;
	struct bundle_summary s;
	const char *text;

	compile_text(f, many_entries(f, 550));
	assert_int_equal(write_bundle(f, "out", &s), 0);
	text = only_diag(f);
	assert_int_equal(f->sink.v.v[0]->level, DIAG_WARNING);
	assert_non_null(strstr(text, "shop/app=web"));
	assert_non_null(strstr(text, "16384"));
	/* The host in, and everybody and the four aggregates out. */
	assert_int_equal(s.largest, 30 * 550 + 1 + 5);
	assert_true(exists("out/" BUNDLE_MANIFEST));
}

static void
test_too_large(void **state)
{
	struct fixture *f = *state;
	struct bundle_summary s;

	compile_text(f, many_entries(f, 2200));
	assert_int_equal(write_bundle(f, "out", &s), 0);
	assert_non_null(strstr(only_diag(f), "65536"));
	assert_int_equal(f->sink.v.v[0]->level, DIAG_ERROR);
	assert_false(exists("out"));
}

static void
test_no_endpoints(void **state)
{
	struct fixture *f = *state;
	struct bundle_summary s;

	compile_text(f,
	    "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
	assert_int_equal(write_bundle(f, "out", &s), 0);
	assert_int_equal(f->sink.v.n, 0);
	assert_int_equal(s.images, 0);
}

static void
test_proxy_ports(void **state)
{
	assert_int_equal(bundle_proxy_port(0), 0);
	assert_int_equal(bundle_proxy_port(1), 10001);
	assert_int_equal(bundle_proxy_port(55535), 65535);
}

static void
verify(struct fixture *f, struct diag_sink *sink, const char *dir,
    struct verify_report *ret_report)
{
	struct asker asker;

	assert_int_equal(asker_start(&asker, 1), 0);
	assert_int_equal(verify_bundle(&f->pool, &f->arena, sink, &f->sources,
			     &asker, dir, NULL, ret_report),
	    0);
	asker_end(&asker);
}

/* A bundle with one file changed: cnpc verify tells, and runs nothing. */
static void
test_tampered(void **state)
{
	static const struct {
		const char *file;
		const char *text;
		const char *problem;
	} cases[] = {
	    {BUNDLE_IDENTITIES, "[]",
		"identities.json: not of the size that was written"},
	    {BUNDLE_POLICIES, "CNPCPAK", "not of the size that was written"},
	    {BUNDLE_MANIFEST, "{}", "\"outputs\" is to be of type array"},
	    {BUNDLE_MANIFEST, "[]", "\"outputs\" is to be of type array"},
	    {BUNDLE_MANIFEST,
		"{\"format\": 9, \"options\": {}, \"policies\": [], "
		"\"outputs\": []}",
		"its format is not known"},
	    {BUNDLE_MANIFEST,
		"{\"format\": 7, \"options\": {\"ipv4\": true, \"ipv6\": "
		"true, \"sctp\": true, \"other_transports\": true}, "
		"\"policies\": [], \"outputs\": []}",
		"maps/ipcache.img: not among its outputs"},
	    {BUNDLE_MANIFEST,
		"{\"outputs\": [{\"name\": \"../in.yaml\", "
		"\"bytes\": 0, \"xxh3_128\": \"\"}]}",
		"a name that leads out of it"},
	    {BUNDLE_MANIFEST,
		"{\"outputs\": [{\"name\": \"maps\", \"bytes\": 0, "
		"\"xxh3_128\": \"\"}]}",
		"maps: no regular file"},
	    {BUNDLE_MANIFEST, "{", "invalid JSON"},
	};
	struct fixture *f = *state;
	struct bundle_summary s;

	compile_text(f, shop);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct verify_report report;
		struct diag_sink sink;
		struct str before;

		/* What was changed so is not replaced any more. */
		if (i > 0)
			assert_int_equal(pending_remove(AT_FDCWD, "out"), 0);
		assert_int_equal(write_bundle(f, "out", &s), 0);
		assert_int_equal(file_write(arena_printf(&f->arena, "out/%s",
						cases[i].file),
				     str_of(cases[i].text)),
		    0);
		before = read_file(f, "out", BUNDLE_MANIFEST);
		diag_sink_init(&sink, &f->arena);
		verify(f, &sink, "out", &report);
		assert_true(diag_failed(&sink));
		assert_non_null(strstr(sink.v.v[0]->text, cases[i].problem));
		assert_int_equal(report.programs.n, 0);
		assert_int_equal(report.runs, 0);
		assert_true(
		    str_eq(before, read_file(f, "out", BUNDLE_MANIFEST)));
	}
}

static void
test_verify_nothing(void **state)
{
	struct fixture *f = *state;
	struct verify_report report;

	verify(f, &f->sink, "nowhere", &report);
	assert_non_null(strstr(only_diag(f), "there is no manifest"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_content, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_l7, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_named_ports, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reproducible, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_replaces_only_bundles, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_system_error, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_overflow, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_endpoints, setup, teardown),
	    cmocka_unit_test(test_proxy_ports),
	    cmocka_unit_test_setup_teardown(test_tampered, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_verify_nothing, setup,
		teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
