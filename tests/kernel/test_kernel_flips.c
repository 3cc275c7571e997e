/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: test_kernel_flips LIST STEP
 *
 * Programs with one bit changed: the kernel's verifier refuses them, or the
 * exam (kernel/exam.h) finds them out, or the bit does nothing and LIST says
 * why.  Each survivor is to be in LIST, and what LIST has is not to be found
 * out; a kernel that does not know the instruction that it makes may refuse it.
 *
 * Every STEP-th bit of the programs up to 1.19 is tried, of each layout and
 * direction.
 * With 1 these are all there are; then code that several programs share is
 * tried once.  The loader's numbers of maps are no part of the code.
 *
 * Functions that look for sockets are left out: where packets are only tried
 * there is none to be found.
 *
 * A line of LIST has layouts, or * for any; a function; the number of an
 * instruction in it; its eight bytes, as a check; and the bits that do nothing,
 * as a number whose bit 0 is in the first byte.  The comment before it has the
 * reason.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "base/vec.h"
#include "bundle/program.h"
#include "cilium/version.h"
#include "kernel/exam.h"
#include "kernel_test.h"

#define INSN_BITS 64
#define IMM_BITS 0xffffffff00000000
#define FUNCTIONS_MAX 24
#define NAME_SIZE 24

static const unsigned layouts[] = {CILIUM_1_19, CILIUM_1_18, CILIUM_1_17};

#define WORLDS .world_ipv4 = 0x9a8b7c6d, .world_ipv6 = 0xa9b8c7d6
#define NUMBERS .endpoint = 0x1a2b3c4d, .generation = 0x4d3c2b1a, .hz = 250
#define ALL WORLDS, NUMBERS, .sctp = 1, .extended = 1, .icmp_frag_needed = 1

/* All that there is, and each part without the others. */
static const struct cnpc_config configs[] = {
    {ALL, .ipv4 = 1, .ipv6 = 1, .ingress = 1, .egress = 1},
    {ALL, .ipv4 = 1, .ingress = 1, .egress = 1},
    {ALL, .ipv6 = 1, .ingress = 1, .egress = 1},
    {ALL, .ipv4 = 1, .ipv6 = 1, .ingress = 1},
    {ALL, .ipv4 = 1, .ipv6 = 1, .egress = 1},
    {WORLDS, NUMBERS, .ipv4 = 1, .ipv6 = 1, .ingress = 1, .egress = 1,
	EXAM_SOURCES},
};

#define NCONFIGS (sizeof(configs) / sizeof(*configs))

/* What becomes of a program with a bit changed. */
enum outcome {
	REFUSED, /* by the verifier */
	CAUGHT,  /* by the exam */
	SURVIVED,
	OUTCOMES,
};

/* A line of the list. */
struct idle {
	char layouts[16]; /* "*": any */
	char function[NAME_SIZE];
	size_t insn;
	uint64_t bytes, bits;
};

/* Code that was tried, without what differs from program to program. */
struct tried {
	char function[NAME_SIZE];
	const uint64_t *v;
	size_t n;
};

struct flips {
	struct arena arena, scratch;
	VEC(struct idle) list;
	VEC(struct tried) tried;
	size_t step, next; /* bits until the next one to be tried */
	unsigned long sum[OUTCOMES];
	unsigned long wrong; /* instructions that are not as listed */
};

/* A program of one direction, in each configuration. */
struct subject {
	struct flips *f;
	const struct exam *exam;
	unsigned layout;
	enum direction dir;
	struct kernel_policy good[NCONFIGS];
	uint64_t *code[NCONFIGS];
	size_t n;
	struct function {
		char name[NAME_SIZE];
		size_t begin;
	} functions[FUNCTIONS_MAX + 1]; /* the last one is the end */
	size_t nfunctions;
};

static struct bpf_insn
insn_of(uint64_t bytes)
{
	struct bpf_insn insn;

	memcpy(&insn, &bytes, sizeof(insn));
	return insn;
}

static bool
is_call(struct bpf_insn i)
{
	return i.code == (BPF_JMP | BPF_CALL) && i.src_reg == BPF_PSEUDO_CALL;
}

static bool
is_map(struct bpf_insn i)
{
	return i.code == (BPF_LD | BPF_IMM | BPF_DW) && i.src_reg != 0;
}

/* An instruction without what depends on the program that it is in. */
static uint64_t
bare(uint64_t bytes)
{
	struct bpf_insn i = insn_of(bytes);

	return is_call(i) || is_map(i) ? bytes & ~IMM_BITS : bytes;
}

static void
read_list(struct flips *f, const char *path)
{
	FILE *in = fopen(path, "r");
	struct idle i;
	char line[256];

	if (!in)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), in)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (sscanf(line, "%15s %23s %zu %" SCNx64 " %" SCNx64,
			i.layouts, i.function, &i.insn, &i.bytes, &i.bits) != 5)
			errx(1, "%s: not a line: %s", path, line);
		i.bytes = be64toh(i.bytes);
		*vec_push(&f->list, &f->arena) = i;
	}
	fclose(in);
}

/* Where the program's functions begin: it, and what calls go to. */
static void
find_functions(struct subject *s)
{
	struct function *v = s->functions;
	struct bpf_func_info info[FUNCTIONS_MAX];
	struct bpf_prog_info prog = {.nr_func_info = FUNCTIONS_MAX,
	    .func_info_rec_size = sizeof(*info),
	    .func_info = (uintptr_t)info};
	uint32_t size = sizeof(prog);
	bool *begins = ARENA_ARRAY(&s->f->arena, bool, s->n);
	const struct btf *btf = bpf_object__btf(s->good[0].object);

	begins[0] = true;
	for (size_t i = 0; i < s->n; i++) {
		struct bpf_insn insn = insn_of(s->code[0][i]);

		if (is_call(insn))
			begins[i + 1 + (size_t)insn.imm] = true;
	}
	if (!btf ||
	    bpf_obj_get_info_by_fd(s->good[0].prog[s->dir], &prog, &size))
		err(1, "no names of functions");
	for (size_t i = 0; i < s->n; i++) {
		const struct btf_type *t;

		if (!begins[i] || s->nfunctions == FUNCTIONS_MAX)
			continue;
		t = btf__type_by_id(btf, info[s->nfunctions].type_id);
		v[s->nfunctions].begin = i;
		snprintf(v[s->nfunctions++].name, NAME_SIZE, "%s",
		    btf__name_by_offset(btf, t->name_off));
	}
	v[s->nfunctions].begin = s->n;
}

static void
open_subject(struct subject *s)
{
	static const char *const names[] = {
	    [DIR_INGRESS] = CNPC_PROG_INGRESS,
	    [DIR_EGRESS] = CNPC_PROG_EGRESS,
	};

	for (size_t c = 0; c < NCONFIGS; c++) {
		struct program_params params = {.config = configs[c],
		    .cilium = s->layout,
		    .policy_entries = s->exam->policy.nentries,
		    .ipcache_entries = 1};
		struct bpf_program *p;
		const char *log;

		if (kernel_policy_open(&s->good[c], &s->f->arena,
			program_make(&s->f->arena, &params), &s->exam->policy,
			s->exam->ipcache, &log))
			errx(1, "not loaded: %s", log);
		p = bpf_object__find_program_by_name(s->good[c].object,
		    names[s->dir]);
		s->n = bpf_program__insn_cnt(p);
		s->code[c] = ARENA_ARRAY(&s->f->arena, uint64_t, s->n);
		memcpy(s->code[c], bpf_program__insns(p),
		    s->n * sizeof(*s->code[c]));
	}
	find_functions(s);
}

static void
close_subject(struct subject *s)
{
	for (size_t c = 0; c < NCONFIGS; c++)
		kernel_policy_close(&s->good[c]);
}

/* The exam of the program with configuration C; FD is its code, or changed. */
static bool
passes(struct subject *s, size_t c, int fd, const char **ret_first)
{
	struct kernel_policy taken = s->good[c];
	const struct examinee who = {&taken, &configs[c]};
	struct trial_tally tally = {0};
	int error;

	taken.prog[s->dir] = fd;
	error = exam_sit(&tally, &s->f->scratch, s->exam, &who, s->dir, true);
	if (error)
		errx(1, "%s", strerrordesc_np(error));
	*ret_first = tally.first;
	return tally.wrong == 0;
}

/* What becomes of the program when instruction AT is BYTES. */
static enum outcome
try_change(struct subject *s, size_t at, uint64_t bytes)
{
	enum outcome outcome = SURVIVED;
	const char *first;

	for (size_t c = 0; c < NCONFIGS && outcome == SURVIVED; c++) {
		LIBBPF_OPTS(bpf_prog_load_opts, opts);
		uint64_t *v = s->code[c], old = v[at];
		int fd;

		v[at] = bytes;
		if (is_map(insn_of(old)))
			v[at] = (bytes & ~IMM_BITS) | (old & IMM_BITS);
		fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "flipped",
		    "Apache-2.0", (const struct bpf_insn *)v, s->n, &opts);
		v[at] = old;
		if (fd < 0 && (errno == ENOMEM || errno == EMFILE))
			err(1, "not loaded");
		if (fd < 0)
			outcome = REFUSED;
		else if (!passes(s, c, fd, &first))
			outcome = CAUGHT;
		if (fd >= 0)
			close(fd);
		arena_reset(&s->f->scratch);
	}
	return outcome;
}

/* The bits that the list says do nothing. */
static uint64_t
idle_bits(const struct subject *s, const char *function, size_t insn,
    uint64_t bytes)
{
	uint64_t bits = 0;
	char layout[4];

	snprintf(layout, sizeof(layout), "%u", version_minor(s->layout));
	VEC_FOREACH (i, &s->f->list) {
		if ((strcmp(i->layouts, "*") != 0 &&
			!strstr(i->layouts, layout)) ||
		    strcmp(i->function, function) != 0 || i->insn != insn)
			continue;
		if (i->bytes != bare(bytes))
			errx(1, "%s %zu is now %016" PRIx64, function, insn,
			    htobe64(bare(bytes)));
		bits |= i->bits;
	}
	return bits;
}

/* Every STEP-th bit of an instruction. */
static void
try_insn(struct subject *s, const struct function *function, size_t at)
{
	struct flips *f = s->f;
	uint64_t bytes = s->code[0][at], came_out[OUTCOMES] = {0}, idle;
	uint64_t bits = is_map(insn_of(bytes)) ? ~IMM_BITS : UINT64_MAX;
	size_t insn = at - function->begin;

	for (unsigned b = 0; b < INSN_BITS; b++) {
		uint64_t bit = bits & 1ull << b;
		enum outcome outcome;

		if (!bit || f->next-- > 0)
			continue;
		f->next = f->step - 1;
		outcome = try_change(s, at, bytes ^ bit);
		f->sum[outcome]++;
		came_out[outcome] |= bit;
	}
	idle = idle_bits(s, function->name, insn, bytes);
	if ((came_out[SURVIVED] & ~idle) == 0 && (came_out[CAUGHT] & idle) == 0)
		return;
	f->wrong++;
	printf("%u %s %zu %016" PRIx64 " %016" PRIx64 " of these survived, "
	       "%016" PRIx64 " were caught, listed are %016" PRIx64 "\n",
	    version_minor(s->layout), function->name, insn,
	    htobe64(bare(bytes)), came_out[SURVIVED], came_out[CAUGHT], idle);
	fflush(stdout);
}

/* Whether the same code was tried before; it is now. */
static bool
was_tried(struct subject *s, const struct function *function)
{
	struct flips *f = s->f;
	size_t n = function[1].begin - function->begin;
	uint64_t *v = ARENA_ARRAY(&f->arena, uint64_t, n);
	struct tried *t;

	for (size_t i = 0; i < n; i++)
		v[i] = bare(s->code[0][function->begin + i]);
	VEC_FOREACH (old, &f->tried) {
		if (old->n == n && memcmp(old->v, v, n * sizeof(*v)) == 0 &&
		    strcmp(old->function, function->name) == 0)
			return true;
	}
	t = vec_push(&f->tried, &f->arena);
	t->v = v;
	t->n = n;
	strcpy(t->function, function->name);
	return false;
}

static bool
looks_for_sockets(const struct function *function)
{
	static const char *const names[] = {"to_proxy", "find_tcp", "find_udp"};
	bool found = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		found |= strcmp(function->name, names[i]) == 0;
	return found;
}

static void
try_subject(struct subject *s)
{
	const char *first;

	open_subject(s);
	for (size_t c = 0; c < NCONFIGS; c++) {
		if (!passes(s, c, s->good[c].prog[s->dir], &first))
			errx(1, "the program itself: %s", first);
	}
	for (size_t k = 0; k < s->nfunctions; k++) {
		const struct function *function = &s->functions[k];

		if (looks_for_sockets(function) ||
		    (s->f->step == 1 && was_tried(s, function)))
			continue;
		for (size_t i = function->begin; i < function[1].begin; i++)
			try_insn(s, function, i);
	}
	close_subject(s);
}

int
main(int argc, char **argv)
{
	struct flips f = {0};

	if (argc != 3 || (f.step = strtoul(argv[2], NULL, 10)) == 0)
		errx(1, "usage: test_kernel_flips LIST STEP");
	need_kernel();
	drop_capabilities();
	read_list(&f, argv[1]);
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		struct exam exam;
		int error = exam_open(&exam, &f.arena, layouts[i]);

		if (error)
			errx(1, "no maps: %s", strerrordesc_np(error));
		for (int dir = 0; dir < 2; dir++) {
			struct subject s = {.f = &f,
			    .exam = &exam,
			    .layout = layouts[i],
			    .dir = (enum direction)dir};

			try_subject(&s);
		}
		exam_close(&exam);
	}
	printf("bits changed: %lu refused, %lu caught, %lu without effect; "
	       "%lu instructions are not as listed\n",
	    f.sum[REFUSED], f.sum[CAUGHT], f.sum[SURVIVED], f.wrong);
	arena_free(&f.arena);
	arena_free(&f.scratch);
	return f.sum[CAUGHT] == 0 || f.wrong > 0;
}
