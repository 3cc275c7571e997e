/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The whole compiler on a repository: every pass but those that write, with
 * their own checks, and a question.  The first byte chooses version, model and
 * address families; a line that begins with "## " begins another file.
 */

#include <assert.h>
#include <stdint.h>

#include "cilium/version.h"
#include "driver/unit.h"
#include "flow/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No file of this machine is meant, whatever the input says. */
#define FOLDER "/nowhere/"

static void
add_files(struct unit *u, struct str text)
{
	struct str name = STR("policy.yaml");

	while (text.n > 0) {
		const char *next = memmem(text.s, text.n, "\n## ", 4);
		size_t n = next ? (size_t)(next - text.s) + 1 : text.n;
		const char *line;

		unit_add_source(u,
		    arena_printf(&u->perm, FOLDER STR_FMT, STR_ARG(name)),
		    (struct str){text.s, n});
		text = (struct str){text.s + n, text.n - n};
		line = memchr(text.s, '\n', text.n);
		n = line ? (size_t)(line - text.s) : text.n;
		if (n > 3)
			name = str_of(arena_dup(&u->perm, text.s + 3, n - 3));
	}
}

/* Each end once: a pod, an address, the world. */
static void
ask(struct unit *u)
{
	static const char *const ends[] = {"shop/web", "10.0.0.1", "world",
	    "svc/shop/web", "shop/app=web", "2001:db8::1"};
	size_t n = sizeof(ends) / sizeof(*ends);
	struct query q = {.proto = 6, .port = 80};
	struct trace t;

	q.request.path = STR("/a/b");
	q.request.method = STR("GET");
	for (size_t i = 0; i < n; i++) {
		const char *from = ends[i], *to = ends[(i + 1) % n];

		assert(!query_parse_end(&u->perm, str_of(from), STR("default"),
		    &q.from));
		assert(!query_parse_end(&u->perm, str_of(to), STR("default"),
		    &q.to));
		trace_run(&t, &u->perm, &u->sink, &u->pmaps, &u->objects, &q);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned versions[] = {CILIUM_1_17, CILIUM_1_18,
	    CILIUM_1_19, CILIUM_1_20};
	struct unit_options opt;
	struct unit u;
	unsigned how = size > 0 ? data[0] : 0;

	unit_options_default(&opt);
	opt.jobs = 1;
	opt.version = "fuzz";
	opt.ir.cilium.number = opt.schema.cilium = versions[how & 3];
	opt.ir.model = how & 4 ? IR_MODEL_CILIUM : IR_MODEL_CLUSTERWIDE;
	opt.ir.ipv4 = !(how & 8);
	opt.ir.ipv6 = !(how & 16);
	opt.ir.admin_network_policy = (how & 32) != 0;
	unit_init(&u, &opt);
	if (size > 1)
		add_files(&u,
		    (struct str){arena_dup(&u.perm, (const char *)data + 1,
				     size - 1),
			size - 1});
	unit_run(&u, PASS_BIT(BUNDLE) | PASS_BIT(LINT) | PASS_BIT(LOCK));
	if (unit_ran(&u, PASS_PMAP))
		ask(&u);
	diag_sort(&u.sink);
	unit_free(&u);
	return 0;
}
