/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle is read and checked (bundle/read.h); another process asks the
 * kernel about it; and the manifest is written again with what came out.
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
#include "bundle/bundle.h"
#include "bundle/manifest.h"
#include "bundle/read.h"
#include "cnpc_abi.h"
#include "diag_gen.h"

struct verify {
	struct arena *arena;
	struct diag_sink *sink;
	struct bundle_content bundle;
	struct verify_report *report; /* has a program for each policy */
};

/* What came out, in order. */
static void
join_results(struct verify *v)
{
	for (size_t i = 0; i < v->bundle.policies.n; i++) {
		const struct verify_program *p = &v->report->programs.v[i];
		struct span at = v->bundle.policies.v[i].at;

		v->report->runs += p->runs;
		v->report->wrong += p->wrong;
		if (p->status == VERIFY_REJECTED)
			diag_program_rejected(v->sink, at, p->program,
			    p->reason);
		if (p->wrong > 0)
			diag_verdict_mismatch(v->sink, at, p->program, p->wrong,
			    p->runs, p->first_wrong);
	}
}

/* Asks about every policy; whether there is an answer. */
static bool
ask(struct verify *v, struct asker *asker, const char *dir)
{
	struct judge_request request = {
	    .traits = v->bundle.traits,
	    .ipcache = v->bundle.ipcache.bytes,
	    .peers = v->bundle.peers_bytes,
	};
	const char *failure;

	VEC_FOREACH (p, &v->bundle.policies)
		*vec_push(&request.policies, v->arena) =
		    (struct judge_policy){p->identity, p->bytes};
	failure = asker_ask(asker, v->arena, &request, v->report->programs.v);
	if (!failure)
		return true;
	v->report->failed = true;
	diag_kernel_not_asked(v->sink, (struct span){0}, dir, failure);
	return false;
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
	    file_read_at(v->arena, fd, BUNDLE_MANIFEST, BUNDLE_MANIFEST_MAX,
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
    struct source_set *set, struct asker *asker, const char *dir,
    const struct trusted_keys *trusted, struct verify_report *ret_report)
{
	struct verify v = {
	    .arena = a,
	    .sink = sink,
	    .report = ret_report,
	};
	int error;

	*ret_report = (struct verify_report){
	    .kernel = kernel_release(a),
	    .missing = asker_missing(asker, a),
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
	if (ret_report->missing || !ask(&v, asker, dir))
		return 0;
	join_results(&v);
	return update_manifest(&v, dir);
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
