/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs through the verifier and packets through the programs.  Requires a
 * kernel that runs BPF.
 */
#include "kernel/judge.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "bundle/decide.h"
#include "bundle/factored.h"
#include "bundle/peer_sets.h"
#include "bundle/program.h"
#include "cilium/reserved.h"
#include "kernel/exam.h"
#include "kernel/testnet.h"
#include "kernel/trial.h"

/* Identities without an entry of their own that each image is tried with. */
#define OTHERS_MIN 8

/* Of a program with its maps, and of what libbpf asks the kernel; with some to
 * spare. */
#define FILES_OF_WORKER 32

/* No cluster gives this number to anybody. */
#define NOBODY 0xffffff

struct judging {
	struct arena *arena;
	const struct judge_request *request;
	struct image ipcache;
	struct peer_sets peers;
	VEC(uint32_t) ids;  /* all that there are, ascending */
	struct testnet net; /* who is to be tried */
	struct verify_program *programs;
	struct program_params *params; /* of each */
	VEC(size_t) examined;          /* the first policy of each program */
};

/* Every identity that some file of the bundle knows, and one that none does. */
static void
gather_ids(struct judging *v)
{
	*vec_push(&v->ids, v->arena) = NOBODY;
	for (uint32_t i = 0; i < v->ipcache.nentries; i++)
		*vec_push(&v->ids, v->arena) = image_ipcache(&v->ipcache, i).id;
	VEC_FOREACH (p, &v->request->policies)
		*vec_push(&v->ids, v->arena) = p->identity;
	VEC_FOREACH (set, &v->peers.v) {
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
choose_others(const struct judging *v, struct arena *a, size_t i,
    const uint32_t **ret_ids)
{
	size_t share = v->ids.n / v->request->policies.n + 1;
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
decide_by_image(void *arg, enum direction dir, uint32_t peer, uint8_t proto,
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
try_policy(const struct judging *v, struct worker *self, size_t i,
    const struct kernel_policy *loaded, const struct image *img)
{
	struct trial_tally tally = {0};
	struct policy_table table;
	const uint32_t *others;
	uint32_t nothers = choose_others(v, &self->scratch, i, &others);
	struct trial t = {
	    .policy = loaded,
	    .local = testnet_host(&v->net, v->request->policies.v[i].identity),
	    .config = &v->params[i].config,
	    .decide = decide_by_image,
	    .arg = &table,
	};
	int error;

	policy_table_read(&table, &self->scratch, img);
	error = trial_table(&tally, &self->scratch, &t, &v->net, &table, others,
	    nothers);
	keep_tally(&v->programs[i], &self->perm, &tally);
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
is_lack(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EAGAIN || error == EINTR;
}

/* The program of an image, which is checked once more. */
static int
open_policy(const struct judging *v, struct arena *a, size_t i,
    struct image *img, struct kernel_policy *ret_policy, const char **ret_log)
{
	struct program_params *params = &v->params[i];
	const char *problem;

	*ret_log = "";
	if (!factored_read(img, a, v->request->policies.v[i].image, &v->peers,
		NULL, &problem) ||
	    img->cilium != v->ipcache.cilium)
		return EBADMSG;
	program_params_of(params, a, img, v->ipcache.max_entries,
	    &v->request->traits);
	return kernel_policy_open(ret_policy, a, program_make(a, params), img,
	    v->net.fd, ret_log);
}

static void
judge_policy(void *arg, struct worker *self, size_t i)
{
	const struct judging *v = arg;
	struct verify_program *p = &v->programs[i];
	struct kernel_policy loaded;
	struct image img;
	const char *log;
	int error = open_policy(v, &self->scratch, i, &img, &loaded, &log);

	/* A verifier that refuses a program says why. */
	if (error && *log && !is_lack(error)) {
		p->status = VERIFY_REJECTED;
		p->reason = last_words(&self->perm, log, error);
	} else if (error) {
		p->error = error;
	} else {
		p->status = VERIFY_ACCEPTED;
		memcpy(p->figures, loaded.figures, sizeof(loaded.figures));
		p->error = try_policy(v, self, i, &loaded, &img);
		kernel_policy_close(&loaded);
	}
	arena_reset(&self->scratch);
}

/*
 * Whether there is room for the files that so many workers open.  Where libbpf
 * has none, it takes that for what the kernel cannot do, and the verifier then
 * refuses what it would accept.
 */
static int
check_room(struct arena *a, size_t workers)
{
	size_t n = workers * FILES_OF_WORKER, opened = 0;
	int *fds = ARENA_ARRAY(a, int, n), error = 0;

	while (opened < n && !error) {
		int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

		if (fd < 0)
			error = errno;
		else
			fds[opened++] = fd;
	}
	while (opened > 0)
		close(fds[--opened]);
	return error;
}

/* The exam of the K-th program that there is. */
static void
examine_program(void *arg, struct worker *self, size_t k)
{
	const struct judging *v = arg;
	const struct program_params *params = &v->params[v->examined.v[k]];
	struct verify_program *p = &v->programs[v->examined.v[k]];
	struct trial_tally tally = {0};

	if (p->status == VERIFY_ACCEPTED && !p->error)
		p->error = exam_object(&tally, &self->scratch,
		    program_make(&self->scratch, params), params->cilium,
		    &params->config);
	keep_tally(p, &self->perm, &tally);
	arena_reset(&self->scratch);
}

/* Many policies have the same program, which is examined once. */
static void
gather_programs(struct judging *v)
{
	struct map seen;

	map_init(&seen, v->arena);
	for (size_t i = 0; i < v->request->policies.n; i++) {
		void **slot =
		    map_put(&seen, &v->params[i], sizeof(v->params[i]));

		if (!*slot)
			*vec_push(&v->examined, v->arena) = i;
		*slot = v;
	}
}

int
judge_policies(struct pool *pool, struct arena *a,
    const struct judge_request *request, struct verify_program *programs)
{
	struct judging v = {
	    .arena = a,
	    .request = request,
	    .programs = programs,
	    .params =
		ARENA_ARRAY(a, struct program_params, request->policies.n),
	};
	const char *problem;
	uint32_t world[2];
	int error;

	if (!image_read(&v.ipcache, request->ipcache, IMAGE_IPCACHE,
		&problem) ||
	    !peer_sets_read(&v.peers, a, request->peers, &problem))
		return EBADMSG;
	error = check_room(a,
	    pool->n < request->policies.n ? pool->n : request->policies.n);
	if (error)
		return error;
	sec_id_worlds(request->traits.family, world);
	gather_ids(&v);
	error = testnet_open(&v.net, a, &v.ipcache, v.ids.v, (uint32_t)v.ids.n,
	    world);
	if (error)
		return error;
	pool_run(pool, request->policies.n, judge_policy, &v);
	gather_programs(&v);
	pool_run(pool, v.examined.n, examine_program, &v);
	testnet_close(&v.net);
	return 0;
}
