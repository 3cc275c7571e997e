/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle is read and checked (bundle/read.h); each of its programs is
 * loaded and tried, several at a time; and the manifest is written again with
 * what came out.  Requires a kernel that runs BPF, or says that there is none.
 */
#include "kernel/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/map.h"
#include "bundle/bundle.h"
#include "bundle/decide.h"
#include "bundle/manifest.h"
#include "bundle/program.h"
#include "bundle/read.h"
#include "cnpc_abi.h"
#include "diag_gen.h"
#include "kernel/exam.h"
#include "kernel/testnet.h"
#include "kernel/trial.h"

/* Identities without an entry of their own that each image is tried with. */
#define OTHERS_MIN 8

/* No cluster gives this number to anybody. */
#define NOBODY 0xffffff

struct verify {
	struct pool *pool;
	struct arena *arena;
	struct diag_sink *sink;
	struct bundle_content bundle;
	VEC(uint32_t) ids;            /* all that there are, ascending */
	VEC(size_t) examined;         /* the first policy of each program */
	struct testnet net;           /* who is to be tried */
	struct verify_report *report; /* has a program for each policy */
};

/* Every identity that some file of the bundle knows, and one that none does. */
static void
gather_ids(struct verify *v)
{
	*vec_push(&v->ids, v->arena) = NOBODY;
	for (uint32_t i = 0; i < v->bundle.ipcache.nentries; i++)
		*vec_push(&v->ids, v->arena) =
		    image_ipcache(&v->bundle.ipcache, i).id;
	VEC_FOREACH (p, &v->bundle.policies)
		*vec_push(&v->ids, v->arena) = p->identity;
	VEC_FOREACH (set, &v->bundle.peers.v) {
		for (uint32_t i = 0; i < (*set)->n; i++)
			*vec_push(&v->ids, v->arena) = (*set)->ids[i];
	}
	v->ids.n = ids_unite(v->ids.v, v->ids.n);
}

/*
 * The I-th policy's share of all identities, so that each one is the
 * peer of some policy at least once.
 */
static uint32_t
choose_others(const struct verify *v, struct arena *a, size_t i,
    const uint32_t **ret_ids)
{
	size_t share = v->ids.n / v->bundle.policies.n + 1;
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

/* Adds what packets showed of a program. */
static void
keep_tally(struct verify_program *p, struct arena *a,
    const struct trial_tally *tally)
{
	p->runs += tally->runs;
	p->wrong += tally->wrong;
	if (tally->first && !p->first_wrong)
		p->first_wrong =
		    arena_dup(a, tally->first, strlen(tally->first));
}

/* Packets for an accepted program. */
static int
try_policy(const struct verify *v, struct worker *self, size_t i,
    const struct kernel_policy *loaded, const struct image *img)
{
	struct trial_tally tally = {0};
	struct policy_table table;
	const uint32_t *others;
	uint32_t nothers = choose_others(v, &self->scratch, i, &others);
	struct trial t = {
	    .policy = loaded,
	    .local = testnet_host(&v->net, v->bundle.policies.v[i].identity),
	    .family = {v->bundle.family[0], v->bundle.family[1]},
	    .expect = expect_image,
	    .arg = &table,
	};
	int error;

	policy_table_read(&table, &self->scratch, img);
	t.open[DIR_INGRESS] = policy_open(&table, DIR_INGRESS);
	t.open[DIR_EGRESS] = policy_open(&table, DIR_EGRESS);
	error = trial_table(&tally, &self->scratch, &t, &v->net, &table, others,
	    nothers);
	keep_tally(&v->report->programs.v[i], &self->perm, &tally);
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

/* Whether the system had no room, which says nothing of the program. */
static bool
is_of_system(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EAGAIN || error == EINTR || error == EPERM;
}

static void
verify_policy(void *arg, struct worker *self, size_t i)
{
	const struct verify *v = arg;
	const struct bundle_policy *policy = &v->bundle.policies.v[i];
	struct verify_program *p = &v->report->programs.v[i];
	struct image img =
	    bundle_policy_image(&v->bundle, &self->scratch, policy);
	struct kernel_policy loaded;
	const char *log;
	int error = kernel_policy_open(&loaded, &self->scratch, policy->object,
	    &img, v->net.fd, &log);

	if (error && is_of_system(error)) {
		p->error = error;
	} else if (error) {
		p->status = VERIFY_REJECTED;
		p->reason = last_words(&self->perm, log, error);
	} else {
		p->status = VERIFY_ACCEPTED;
		memcpy(p->figures, loaded.figures, sizeof(loaded.figures));
		p->error = try_policy(v, self, i, &loaded, &img);
		kernel_policy_close(&loaded);
	}
	arena_reset(&self->scratch);
}

/* The exam of the K-th program that there is. */
static void
examine_program(void *arg, struct worker *self, size_t k)
{
	const struct verify *v = arg;
	size_t i = v->examined.v[k];
	const struct bundle_policy *policy = &v->bundle.policies.v[i];
	struct verify_program *p = &v->report->programs.v[i];
	struct image img =
	    bundle_policy_image(&v->bundle, &self->scratch, policy);
	struct trial_tally tally = {0};
	struct program_params params;

	program_params_of(&params, &self->scratch, &img,
	    v->bundle.ipcache.max_entries, v->bundle.family);
	if (p->status == VERIFY_ACCEPTED && !p->error)
		p->error = exam_object(&tally, &self->scratch, policy->object,
		    params.cilium, &params.config);
	keep_tally(p, &self->perm, &tally);
	arena_reset(&self->scratch);
}

/* Many policies have the same program, which is examined once. */
static void
gather_programs(struct verify *v)
{
	struct map seen;

	map_init(&seen, v->arena);
	for (size_t i = 0; i < v->bundle.policies.n; i++) {
		struct str name = v->bundle.policies.v[i].program;
		void **slot = map_put(&seen, name.s, name.n);

		if (!*slot)
			*vec_push(&v->examined, v->arena) = i;
		*slot = v;
	}
}

/* What came out, in order; the first error of the system. */
static int
join_results(struct verify *v)
{
	for (size_t i = 0; i < v->bundle.policies.n; i++) {
		const struct verify_program *p = &v->report->programs.v[i];
		struct span at = v->bundle.policies.v[i].at;

		if (p->error)
			return p->error;
		v->report->runs += p->runs;
		v->report->wrong += p->wrong;
		if (p->status == VERIFY_REJECTED)
			diag_program_rejected(v->sink, at, p->program,
			    p->reason);
		if (p->wrong > 0)
			diag_verdict_mismatch(v->sink, at, p->program, p->wrong,
			    p->runs, p->first_wrong);
	}
	return 0;
}

static int
ask_kernel(struct verify *v)
{
	uint32_t world[2];
	int error;

	sec_id_worlds(v->bundle.family, world);
	gather_ids(v);
	error = testnet_open(&v->net, v->arena, &v->bundle.ipcache, v->ids.v,
	    (uint32_t)v->ids.n, world);
	if (error)
		return error;
	pool_run(v->pool, v->bundle.policies.n, verify_policy, v);
	gather_programs(v);
	pool_run(v->pool, v->examined.n, examine_program, v);
	testnet_close(&v->net);
	return join_results(v);
}

/* Of the I-th policy: a manifest_result. */
static void
put_result(struct json *j, const void *arg, size_t i)
{
	const struct verify *v = arg;
	const struct verify_program *p = &v->report->programs.v[i];
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

/* Whether the directory FD is the bundle that was verified, unchanged. */
static bool
is_verified(const struct verify *v, int fd)
{
	struct str text;
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == v->bundle.device &&
	    st.st_ino == v->bundle.inode &&
	    file_read_at(v->arena, fd, BUNDLE_MANIFEST, BUNDLE_FILE_MAX,
		&text) == 0 &&
	    str_eq(text, v->bundle.text);
}

/* Puts TEXT in the manifest's place, unless somebody replaced the bundle. */
static int
write_manifest(const struct verify *v, const char *dir, struct str text)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	flock(fd, LOCK_EX);
	if (is_verified(v, fd))
		error = file_write_at(fd, BUNDLE_MANIFEST, text);
	else
		diag_bundle_replaced(v->sink, (struct span){0}, dir);
	close(fd);
	if (error != EACCES && error != EROFS && error != EPERM)
		return error;
	diag_result_not_kept(v->sink, (struct span){0}, dir,
	    strerrordesc_np(error));
	return 0;
}

static int
update_manifest(const struct verify *v, const char *dir)
{
	struct str text =
	    manifest_print(v->arena, v->bundle.manifest, put_result, v);

	return str_eq(text, v->bundle.text) ? 0 : write_manifest(v, dir, text);
}

int
verify_bundle(struct pool *pool, struct arena *a, struct diag_sink *sink,
    struct source_set *set, const char *dir, const struct trusted_keys *trusted,
    struct verify_report *ret_report)
{
	struct verify v = {
	    .pool = pool,
	    .arena = a,
	    .sink = sink,
	    .report = ret_report,
	};
	int error;

	*ret_report = (struct verify_report){
	    .kernel = kernel_release(a),
	    .missing = kernel_missing(),
	};
	error = bundle_read(&v.bundle, pool, a, sink, set, dir, trusted);
	if (error || !v.bundle.whole)
		return error;
	ret_report->files = v.bundle.nfiles;
	if (v.bundle.signer)
		ret_report->signer = v.bundle.signer->path;
	VEC_FOREACH (p, &v.bundle.policies)
		*vec_push(&ret_report->programs, a) = (struct verify_program){
		    .program = p->program,
		    .entries = p->nentries,
		    .reason = ret_report->missing,
		};
	/* What another machine found out stays when there is no kernel to ask.
	 */
	if (ret_report->missing)
		return 0;
	error = ask_kernel(&v);
	return error ? error : update_manifest(&v, dir);
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
