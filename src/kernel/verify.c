/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/verify.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "cnpc_abi.h"
#include "diag_gen.h"
#include "bundle/bundle.h"
#include "bundle/decide.h"
#include "bundle/factored.h"
#include "kernel/testnet.h"
#include "kernel/trial.h"
#include "yaml/ytree.h"

/* Identities without an entry of their own that each image is tried with. */
#define OTHERS_MIN 8

/* No cluster gives this number to anybody. */
#define NOBODY 0xffffff

/* A policy as the manifest lists it. */
struct listed {
	const struct ynode *node; /* in the manifest */
	struct str image;         /* as it is in the pack */
	struct str object;
	uint32_t local;      /* the first identity that has it */
	const char *problem; /* what is wrong with the image, or NULL */
	int error;           /* of the system, while it was tried */
	const char *first;   /* the first wrong verdict */
	struct verify_program result;
};

struct verify {
	struct pool *pool;
	struct arena *arena;
	struct diag_sink *sink;
	const char *dir;
	const struct ynode *manifest;
	struct map files; /* name -> struct str *, of right content */
	struct image ipcache;
	struct peer_sets peers;
	struct pack images;
	bool family[2]; /* by family - 1 */
	VEC(struct listed) policies;
	struct map policy_of_node; /* node -> index, plus one */
	VEC(uint32_t) ids;         /* all that there are, ascending */
	struct peers trial;        /* who is to be tried */
	struct verify_report *report;
};

static void
complain(struct verify *v, struct span at, const char *what, const char *name)
{
	const char *text =
	    name ? arena_printf(v->arena, "%s: %s", name, what) : what;

	diag_bad_bundle(v->sink, at, str_of(v->dir), str_of(text));
}

/* A member of the given kind; NULL, and reported, when there is none. */
static const struct ynode *
member(struct verify *v, const struct ynode *n, const char *key,
    enum ynode_kind kind)
{
	const struct ynode *m = ynode_get(n, key);

	if (m && m->kind == kind)
		return m;
	complain(v, m ? m->at : n->at,
	    arena_printf(v->arena, "\"%s\" is to be of type %s", key,
		ynode_kind_name(kind)),
	    NULL);
	return NULL;
}

static struct str
string_member(struct verify *v, const struct ynode *n, const char *key)
{
	const struct ynode *m = member(v, n, key, Y_STR);

	return m ? m->s : (struct str){0};
}

static bool
bool_member(struct verify *v, const struct ynode *n, const char *key)
{
	const struct ynode *m = member(v, n, key, Y_BOOL);

	return m && m->b;
}

static const char *
path_of(struct verify *v, struct str name)
{
	return arena_printf(v->arena, "%s/" STR_FMT, v->dir, STR_ARG(name));
}

/* Whether NAME stays inside the bundle. */
static bool
is_inside(struct str name)
{
	return name.n > 0 && name.s[0] != '/' && strlen(name.s) == name.n &&
	    !strstr(name.s, "..");
}

/* Reads a file that the manifest lists, if it is what was written. */
static int
read_output(struct verify *v, const struct ynode *o)
{
	struct str name = string_member(v, o, "name");
	struct str hash = string_member(v, o, "xxh3_128");
	char got[HASH_STRLEN];
	struct str text;
	int error;

	if (!name.s || !hash.s)
		return 0;
	if (!is_inside(name)) {
		complain(v, o->at, "a name that leads out of it", NULL);
		return 0;
	}
	error = file_read(v->arena, path_of(v, name), BUNDLE_FILE_MAX, &text);
	if (error == ENOENT || error == EISDIR || error == EFBIG) {
		complain(v, o->at, strerrordesc_np(error), name.s);
		return 0;
	}
	if (error)
		return error;
	hash_text(text, got);
	if (!str_is(hash, got)) {
		complain(v, o->at, "not the content that was written", name.s);
		return 0;
	}
	struct str *kept = ARENA_NEW(v->arena, struct str);

	*kept = text;
	*map_put(&v->files, name.s, name.n) = kept;
	v->report->files++;
	return 0;
}

static int
read_outputs(struct verify *v)
{
	const struct ynode *outputs = member(v, v->manifest, "outputs", Y_SEQ);
	int error = 0;

	for (uint32_t i = 0; outputs && i < outputs->seq.n && !error; i++)
		error = read_output(v, outputs->seq.v[i]);
	return error;
}

/* A file of maps/; NULL, and reported, when there is none. */
static const struct str *
map_file(struct verify *v, struct span at, struct str name)
{
	const struct str *bytes = map_get(&v->files, name.s, name.n);

	if (!bytes)
		complain(v, at, "not among its outputs", name.s);
	return bytes;
}

/* False, and reported, unless OK. */
static bool
is_image(struct verify *v, struct span at, struct str name, bool ok,
    const char *problem)
{
	if (!ok)
		diag_bad_image(v->sink, at, str_of(path_of(v, name)), problem);
	return ok;
}

/* The images that all policies share. */
static bool
read_shared(struct verify *v)
{
	struct span at = v->manifest->at;
	const struct str *bytes = map_file(v, at, STR(BUNDLE_IPCACHE));
	const char *problem = NULL;

	if (!bytes ||
	    !is_image(v, at, STR(BUNDLE_IPCACHE),
		image_read(&v->ipcache, *bytes, IMAGE_IPCACHE, &problem),
		problem))
		return false;
	bytes = map_file(v, at, STR(BUNDLE_PEERS));
	if (!bytes ||
	    !is_image(v, at, STR(BUNDLE_PEERS),
		peer_sets_read(&v->peers, v->arena, *bytes, &problem), problem))
		return false;
	bytes = map_file(v, at, STR(BUNDLE_POLICIES));
	return bytes &&
	    is_image(v, at, STR(BUNDLE_POLICIES),
		pack_read(&v->images, v->arena, *bytes, &problem), problem);
}

static void
list_policy(struct verify *v, const struct ynode *n)
{
	struct str image = string_member(v, n, "image");
	struct str program = string_member(v, n, "program");
	const struct ynode *idents = member(v, n, "identities", Y_SEQ);
	const struct str *object, *bytes;

	if (!image.s || !program.s || !idents)
		return;
	object = map_get(&v->files, program.s, program.n);
	if (!object) {
		complain(v, n->at, "not among its outputs", program.s);
		return;
	}
	if (idents->seq.n == 0 || idents->seq.v[0]->kind != Y_INT ||
	    idents->seq.v[0]->i <= 0 || idents->seq.v[0]->i > UINT32_MAX) {
		complain(v, n->at, "nobody's policy", image.s);
		return;
	}
	bytes = pack_find(&v->images, image);
	if (!bytes) {
		complain(v, n->at, "not among its images", image.s);
		return;
	}
	*vec_push(&v->policies, v->arena) = (struct listed){
	    .node = n,
	    .image = *bytes,
	    .object = *object,
	    .local = (uint32_t)idents->seq.v[0]->i,
	    .result = {.image = image,
		.program = program,
		.reason = v->report->missing},
	};
	*map_put(&v->policy_of_node, &n, sizeof(n)) =
	    (void *)(uintptr_t)v->policies.n;
}

/* Entry by entry a bundle would not fit into memory: one at a time does. */
static void
check_image(void *arg, struct worker *self, size_t i)
{
	struct verify *v = arg;
	struct listed *p = &v->policies.v[i];
	struct image img;

	if (factored_read(&img, &self->scratch, p->image, &v->peers,
		&p->problem)) {
		p->result.entries = img.nentries;
		if (img.layout.cilium != v->ipcache.layout.cilium)
			p->problem =
			    "it is for another version than the ipcache";
	}
	arena_reset(&self->scratch);
}

static void
check_images(struct verify *v)
{
	pool_run(v->pool, v->policies.n, check_image, v);
	VEC_FOREACH (p, &v->policies) {
		const char *name = arena_printf(v->arena,
		    BUNDLE_POLICIES ": " STR_FMT, STR_ARG(p->result.image));

		is_image(v, p->node->at, str_of(name), !p->problem, p->problem);
	}
}

/* False, and reported, when the manifest is not as it should be. */
static bool
read_manifest(struct verify *v)
{
	const struct ynode *format = member(v, v->manifest, "format", Y_INT);
	const struct ynode *options = member(v, v->manifest, "options", Y_MAP);
	const struct ynode *policies =
	    member(v, v->manifest, "policies", Y_SEQ);

	if (!format || !options || !policies)
		return false;
	if (format->i != BUNDLE_FORMAT) {
		complain(v, format->at, "its format is not known", NULL);
		return false;
	}
	v->family[IP_V4 - 1] = bool_member(v, options, "ipv4");
	v->family[IP_V6 - 1] = bool_member(v, options, "ipv6");
	if (!read_shared(v))
		return false;
	for (uint32_t i = 0; i < policies->seq.n; i++)
		list_policy(v, policies->seq.v[i]);
	check_images(v);
	return !diag_failed(v->sink);
}

/* Every identity that some file of the bundle knows, and one that none does. */
static void
gather_ids(struct verify *v)
{
	*vec_push(&v->ids, v->arena) = NOBODY;
	for (uint32_t i = 0; i < v->ipcache.nentries; i++)
		*vec_push(&v->ids, v->arena) = image_ipcache(&v->ipcache, i).id;
	VEC_FOREACH (p, &v->policies)
		*vec_push(&v->ids, v->arena) = p->local;
	VEC_FOREACH (set, &v->peers.v) {
		for (uint32_t i = 0; i < (*set)->n; i++)
			*vec_push(&v->ids, v->arena) = (*set)->ids[i];
	}
	v->ids.n = ids_unite(v->ids.v, v->ids.n);
}

/*
 * The I-th policy's share of all identities, so that each one is somebody's
 * peer at least once.
 */
static uint32_t
choose_others(const struct verify *v, struct arena *a, size_t i,
    const uint32_t **ret_ids)
{
	size_t share = v->ids.n / v->policies.n + 1;
	uint32_t *ids;

	if (share < OTHERS_MIN)
		share = OTHERS_MIN;
	if (share > v->ids.n)
		share = v->ids.n;
	ids = ARENA_ARRAY(a, uint32_t, share);
	for (size_t k = 0; k < share; k++)
		ids[k] = v->ids.v[(i * share + k) % v->ids.n];
	*ret_ids = ids;
	return (uint32_t)share;
}

static struct verdict
expect_image(void *arg, enum direction dir, uint32_t peer, uint8_t proto,
    uint16_t port)
{
	return policy_decide(arg, dir, peer, proto, port);
}

/* Packets for an accepted program. */
static int
try_policy(const struct verify *v, struct worker *self, size_t i,
    const struct kernel_policy *loaded, const struct image *img)
{
	struct listed *p = &v->policies.v[i];
	struct trial_tally tally = {0};
	struct policy_table table;
	const uint32_t *others;
	uint32_t nothers = choose_others(v, &self->scratch, i, &others);
	struct trial t = {
	    .policy = loaded,
	    .local = peers_find(&v->trial, p->local),
	    .family = {v->family[0], v->family[1]},
	    .expect = expect_image,
	    .arg = &table,
	};
	int error;

	policy_table_read(&table, &self->scratch, img);
	t.open[DIR_INGRESS] = policy_open(&table, DIR_INGRESS);
	t.open[DIR_EGRESS] = policy_open(&table, DIR_EGRESS);
	error = trial_table(&tally, &self->scratch, &t, &v->trial, &table,
	    others, nothers);
	p->result.runs = tally.runs;
	p->result.wrong = tally.wrong;
	if (tally.first)
		p->first =
		    arena_dup(&self->perm, tally.first, strlen(tally.first));
	return error;
}

/* The last line of a verifier's log that is not a figure. */
static const char *
last_words(struct arena *a, const char *log, int error)
{
	static const char *const figures[] = {"verification time ",
	    "processed "};
	const char *end = NULL, *line;

	for (size_t i = 0; i < 2 && !end; i++)
		end = strstr(log, figures[i]);
	if (!end)
		end = log + strlen(log);
	while (end > log && end[-1] == '\n')
		end--;
	line = end;
	while (line > log && line[-1] != '\n')
		line--;
	return line == end ? strerrordesc_np(error)
			   : arena_dup(a, line, (size_t)(end - line));
}

static void
verify_policy(void *arg, struct worker *self, size_t i)
{
	const struct verify *v = arg;
	struct listed *p = &v->policies.v[i];
	struct kernel_policy loaded;
	const char *problem, *log;
	struct image img;
	bool ok =
	    factored_read(&img, &self->scratch, p->image, &v->peers, &problem);
	int error;

	assert(ok); /* it was checked */
	error = kernel_policy_open(&loaded, &self->scratch, p->object, &img,
	    v->trial.fd, &log);
	if (error) {
		p->result.status = VERIFY_REJECTED;
		p->result.reason = last_words(&self->perm, log, error);
	} else {
		p->result.status = VERIFY_ACCEPTED;
		p->result.reason = NULL;
		memcpy(p->result.figures, loaded.figures,
		    sizeof(loaded.figures));
		p->error = try_policy(v, self, i, &loaded, &img);
		kernel_policy_close(&loaded);
	}
	arena_reset(&self->scratch);
}

/* What came out, in order; the first error of the system. */
static int
join_results(struct verify *v)
{
	VEC_FOREACH (p, &v->policies) {
		const struct verify_program *r = &p->result;

		if (p->error)
			return p->error;
		v->report->runs += r->runs;
		v->report->wrong += r->wrong;
		if (r->status == VERIFY_REJECTED)
			diag_program_rejected(v->sink, p->node->at, r->program,
			    r->reason);
		if (r->wrong > 0)
			diag_verdict_mismatch(v->sink, p->node->at, r->program,
			    r->wrong, r->runs, p->first);
	}
	return 0;
}

static int
ask_kernel(struct verify *v)
{
	bool dual = v->family[0] && v->family[1];
	const uint32_t world[2] = {
	    dual ? SEC_ID_WORLD_IPV4 : SEC_ID_WORLD,
	    dual ? SEC_ID_WORLD_IPV6 : SEC_ID_WORLD,
	};
	int error;

	gather_ids(v);
	error = peers_open(&v->trial, v->arena, &v->ipcache, v->ids.v,
	    (uint32_t)v->ids.n, world);
	if (error)
		return error;
	pool_run(v->pool, v->policies.n, verify_policy, v);
	peers_close(&v->trial);
	return join_results(v);
}

static void
put_result(struct json *j, const struct verify *v,
    const struct verify_program *p)
{
	static const char *const names[] = {
	    [DIR_INGRESS] = CNPC_PROG_INGRESS,
	    [DIR_EGRESS] = CNPC_PROG_EGRESS,
	};

	json_object(j);
	json_kv_cstr(j, "status", verify_status_name(p->status));
	if (p->reason)
		json_kv_cstr(j, "reason", p->reason);
	if (p->status != VERIFY_NOT_RUN)
		json_kv_cstr(j, "kernel", v->report->kernel);
	if (p->status == VERIFY_ACCEPTED) {
		json_key(j, "programs");
		json_array(j);
		for (int dir = 0; dir < 2; dir++) {
			json_object(j);
			json_kv_cstr(j, "name", names[dir]);
			json_kv_u64(j, "instructions",
			    p->figures[dir].instructions);
			json_kv_u64(j, "bytes", p->figures[dir].bytes);
			json_end_object(j);
		}
		json_end_array(j);
		json_kv_u64(j, "packets", p->runs);
		json_kv_u64(j, "wrong", p->wrong);
	}
	json_end_object(j);
}

static const struct verify_program *
result_of(const struct verify *v, const struct ynode *policy)
{
	size_t i =
	    (uintptr_t)map_get(&v->policy_of_node, &policy, sizeof(policy));

	return i > 0 ? &v->policies.v[i - 1].result : NULL;
}

/* Copies the manifest with each policy's result in its place. */
static void
put_node(struct json *j, const struct verify *v, const struct ynode *n,
    const struct verify_program *result)
{
	switch (n->kind) {
	case Y_NULL:
	case Y_FLOAT: /* no number of ours has a fraction */
		json_null(j);
		break;
	case Y_BOOL:
		json_bool(j, n->b);
		break;
	case Y_INT:
		json_i64(j, n->i);
		break;
	case Y_STR:
		json_str(j, n->s);
		break;
	case Y_SEQ:
		json_array(j);
		for (uint32_t i = 0; i < n->seq.n; i++)
			put_node(j, v, n->seq.v[i], result_of(v, n->seq.v[i]));
		json_end_array(j);
		break;
	case Y_MAP:
		json_object(j);
		for (uint32_t i = 0; i < n->map.n; i++) {
			const struct ypair *p = &n->map.v[i];

			json_key(j, p->key.s);
			if (result && str_is(p->key, "verifier"))
				put_result(j, v, result);
			else
				put_node(j, v, p->value, NULL);
		}
		json_end_object(j);
		break;
	}
}

static int
update_manifest(struct verify *v, struct str before)
{
	struct buf out;
	struct json j;

	buf_init(&out, v->arena);
	json_init(&j, &out, true);
	put_node(&j, v, v->manifest, NULL);
	buf_putc(&out, '\n');
	if (str_eq(buf_as_str(&out), before))
		return 0;
	return file_write(path_of(v, STR(BUNDLE_MANIFEST)), buf_as_str(&out));
}

int
verify_bundle(struct pool *pool, struct arena *a, struct diag_sink *sink,
    struct source_set *set, const char *dir, struct verify_report *ret_report)
{
	struct verify v = {
	    .pool = pool,
	    .arena = a,
	    .sink = sink,
	    .dir = dir,
	    .report = ret_report,
	};
	const char *path = path_of(&v, STR(BUNDLE_MANIFEST));
	struct str text;
	int error;

	*ret_report = (struct verify_report){
	    .kernel = kernel_release(a),
	    .missing = kernel_missing(),
	};
	map_init(&v.files, a);
	map_init(&v.policy_of_node, a);
	error = file_read(a, path, BUNDLE_FILE_MAX, &text);
	if (error == ENOENT || error == ENOTDIR) {
		complain(&v, (struct span){0}, "there is no manifest", NULL);
		return 0;
	}
	if (error)
		return error;
	v.manifest = json_read(a, sink, text, source_add(set, path, text), 0,
	    &ylimits_default);
	if (!v.manifest)
		return 0;
	error = read_outputs(&v);
	if (error || !read_manifest(&v))
		return error;
	if (!ret_report->missing)
		error = ask_kernel(&v);
	VEC_FOREACH (p, &v.policies)
		*vec_push(&ret_report->programs, a) = p->result;
	/* What another machine found out is not undone by asking nobody. */
	if (!error && !ret_report->missing)
		error = update_manifest(&v, text);
	return error;
}

const char *
verify_status_name(enum verify_status status)
{
	switch (status) {
	case VERIFY_NOT_RUN:
		return "not run";
	case VERIFY_REJECTED:
		return "rejected";
	case VERIFY_ACCEPTED:
		return "accepted";
	}
	return NULL;
}
