/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a bundle says, one thing after the other: options,
 * identities, addresses, endpoints, and the maps of these.
 */
#include "prove/prove.h"

#include "base/map.h"
#include "bundle/bundle.h"
#include "bundle/layout.h"
#include "ident/labels.h"
#include "prove/packets.h"
#include "prove/rules.h"

/* A subject's rules in a direction, and the map that is to be of them. */
struct task {
	const struct endpoint *subject;
	const struct bundle_policy *policy; /* NULL: the bundle has none */
	enum direction dir;
	VEC(const struct ir_rule *) rules;
	struct finding found;
};

/* Endpoints with the same two tasks. */
struct pair {
	const struct endpoint *endpoint; /* the first one */
	const struct bundle_policy *policy;
	uint32_t task[2];
	uint32_t endpoints;
};

struct proving {
	struct proof *proof;
	struct arena *arena;
	const struct world *world;
	const struct bundle_content *bundle;
	struct premises premises;
	proxy_vec proxies;
	VEC(struct task) tasks;
	VEC(struct pair) pairs;
	struct map pair_of; /* what makes pairs differ -> index + 1 */
	struct map task_of; /* the same of tasks */
};

static struct str
option(const struct bundle_content *b, const char *key)
{
	const struct ynode *options = ynode_get(b->manifest, "options");
	const struct ynode *n = options ? ynode_get(options, key) : NULL;

	return n && n->kind == Y_STR ? n->s : STR("");
}

static bool
flag(const struct bundle_content *b, const char *key)
{
	return ynode_get(ynode_get(b->manifest, "options"), key)->b;
}

const char *
proof_mismatch(struct arena *a, const struct world *w,
    const struct bundle_content *b)
{
	const struct ir_options *opt = &w->ir->opt;
	const char *model =
	    opt->model == IR_MODEL_CILIUM ? "cilium" : "clusterwide";
	const char *version =
	    arena_printf(a, VERSION_FMT, VERSION_ARG(opt->cilium.number));
	const struct {
		const char *what;
		struct str here, there;
	} words[] = {
	    {"--precedence", str_of(model), option(b, "precedence")},
	    {"--cilium", str_of(version), option(b, "cilium")},
	    {"--cluster-name", opt->cluster_name, option(b, "cluster_name")},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!str_eq(words[i].here, words[i].there))
			return arena_printf(a,
			    "it was made with %s=" STR_FMT
			    ", and here this is " STR_FMT,
			    words[i].what, STR_ARG(words[i].there),
			    STR_ARG(words[i].here));
	}
	if (opt->ipv4 != flag(b, "ipv4") || opt->ipv6 != flag(b, "ipv6"))
		return "it is for other families of addresses";
	return NULL;
}

static void
fault(struct proving *p, const struct endpoint *e, const char *problem)
{
	p->proof->wrong++;
	*vec_push(&p->proof->examples, p->arena) =
	    (struct counterexample){.problem = problem, .endpoint = e};
}

/* Labels and numbers of identities are those of the input. */
static void
check_identities(struct proving *p)
{
	const struct world *w = p->world;
	size_t n = p->bundle->identities.n;

	for (size_t i = 0; i < n || i < w->idents.n; i++) {
		const struct bundle_identity *there =
		    &p->bundle->identities.v[i];
		const struct identity *here = &w->idents.v[i];
		bool same = i < n && i < w->idents.n &&
		    here->id.id == there->id &&
		    here->nlabels == there->labels->seq.n;

		for (uint32_t k = 0; same && k < here->nlabels; k++)
			same = str_eq(there->labels->seq.v[k]->s,
			    label_print(p->arena, w->ir->atoms,
				&here->labels[k]));
		if (same)
			continue;
		fault(p, NULL,
		    arena_printf(p->arena,
			"identity %u is another one in the bundle",
			i < w->idents.n ? here->id.id : there->id));
		return;
	}
}

/* Each prefix has its identity in the ipcache. */
static void
check_ipcache(struct proving *p)
{
	const struct world *w = p->world;
	const struct image *img = &p->bundle->ipcache;
	char text[CIDR_STRLEN];
	size_t k = 0;

	VEC_FOREACH (here, &w->ipcache) {
		struct ipcache_record there = {0};
		uint32_t id = world_identity(w, here->ident)->id.id;

		if (k < img->nentries)
			there = image_ipcache(img, (uint32_t)k++);
		if (there.id == id &&
		    cidr_compare(&there.prefix, &here->prefix) == 0)
			continue;
		fault(p, NULL,
		    arena_printf(p->arena,
			"the ipcache has another entry than %s of identity %u",
			cidr_print(&here->prefix, text), id));
		return;
	}
	if (k < img->nentries)
		fault(p, NULL, "the ipcache has an entry too many");
}

/* The place of a task with these rules, new if there is none. */
static uint32_t
task_of(struct proving *p, const struct endpoint *e,
    const struct bundle_policy *policy, enum direction dir)
{
	const struct identity *id = world_identity(p->world, e->ident);
	struct task task = {.subject = e, .policy = policy, .dir = dir};
	bool names = false, by_namespace = false;
	struct buf key;
	void **slot;

	buf_init(&key, p->arena);
	buf_put(&key, &policy, sizeof(policy));
	buf_put(&key, &dir, sizeof(dir));
	buf_printf(&key, "%d%d%d", id->unenforced, id->always, !!e->host);
	VEC_FOREACH (r, &p->world->ir->rules) {
		if ((*r)->dir != dir || !rules_select(&p->premises, *r, e))
			continue;
		*vec_push(&task.rules, p->arena) = *r;
		names |= dir == DIR_INGRESS && (*r)->named_ports;
		by_namespace |= (*r)->by_namespace;
		buf_put(&key, &(*r)->index, sizeof((*r)->index));
	}
	if (by_namespace)
		buf_str(&key, e->ns);
	for (uint32_t i = 0; names && i < e->ports.n; i++)
		buf_printf(&key, ";%u/%u/%u", e->ports.v[i].name.i,
		    e->ports.v[i].proto, e->ports.v[i].port);
	slot = map_put(&p->task_of, key.p, key.n);
	if (!*slot) {
		*vec_push(&p->tasks, p->arena) = task;
		*slot = (void *)(uintptr_t)p->tasks.n;
	}
	return (uint32_t)(uintptr_t)*slot - 1;
}

/* An endpoint has the rules of others like it, which were asked for before. */
static void
add_endpoint(struct proving *p, const struct endpoint *e,
    const struct bundle_policy *policy)
{
	struct buf key;
	void **slot;

	buf_init(&key, p->arena);
	buf_put(&key, &policy, sizeof(policy));
	buf_put(&key, &e->ident.i, sizeof(e->ident.i));
	buf_put(&key, &e->host, sizeof(const struct node *));
	buf_str(&key, e->ns);
	for (uint32_t i = 0; i < e->ports.n; i++)
		buf_printf(&key, ";%u/%u/%u", e->ports.v[i].name.i,
		    e->ports.v[i].proto, e->ports.v[i].port);
	slot = map_put(&p->pair_of, key.p, key.n);
	if (!*slot) {
		struct pair pair = {.endpoint = e, .policy = policy};

		for (int dir = 0; dir < 2; dir++)
			pair.task[dir] =
			    task_of(p, e, policy, (enum direction)dir);
		*vec_push(&p->pairs, p->arena) = pair;
		*slot = (void *)(uintptr_t)p->pairs.n;
	}
	p->pairs.v[(uintptr_t)*slot - 1].endpoints++;
}

/* What is wrong with an endpoint itself, or NULL. */
static const char *
endpoint_problem(const struct proving *p, const struct endpoint *here,
    const struct bundle_endpoint *there)
{
	bool same = there->ips.n == here->nips;

	if (there->identity != world_identity(p->world, here->ident)->id.id)
		return "it has another identity in the bundle";
	for (uint32_t i = 0; same && i < here->nips; i++) {
		struct cidr x = cidr_of_ip(&here->ips[i]);
		struct cidr y = cidr_of_ip(&there->ips.v[i]);

		same = cidr_compare(&x, &y) == 0;
	}
	return same ? NULL : "it has other addresses in the bundle";
}

static void
check_endpoints(struct proving *p)
{
	size_t i = 0, n = p->bundle->endpoints.n;

	VEC_FOREACH (here, &p->world->endpoints) {
		const struct bundle_endpoint *there =
		    i < n ? &p->bundle->endpoints.v[i] : NULL;
		bool found = there && str_eq(there->ns, here->ns) &&
		    str_eq(there->name, here->name);
		const char *problem = found
		    ? endpoint_problem(p, here, there)
		    : "the bundle has another endpoint in its place";

		if (problem)
			fault(p, here, problem);
		if (!found)
			return;
		add_endpoint(p, here, there->policy);
		i++;
	}
	if (i < n)
		fault(p, NULL, "the bundle has an endpoint too many");
}

static void
do_task(void *arg, struct worker *self, size_t i)
{
	struct proving *p = arg;
	struct task *t = &p->tasks.v[i];
	struct rules rules;
	struct image img;

	rules_read(&rules, &self->scratch, &p->premises, t->subject, t->dir,
	    t->rules.v, t->rules.n);
	if (t->policy)
		img = bundle_policy_image(p->bundle, &self->scratch, t->policy);
	packets_try(&t->found, &self->perm, &self->scratch, &rules,
	    t->policy ? &img : NULL, &p->proxies);
	arena_reset(&self->scratch);
}

static void
add_up(struct proving *p)
{
	struct proof *proof = p->proof;

	VEC_FOREACH (t, &p->tasks) {
		const struct finding *f = &t->found;

		proof->classes += f->classes;
		proof->intervals += f->intervals;
		proof->wrong += f->wrong;
		proof->auth_open += f->auth_open;
		proof->tied += f->tied;
		proof->from_zero += f->from_zero;
		if (f->has_example)
			*vec_push(&proof->examples, p->arena) = f->example;
	}
	proof->directions = (uint32_t)p->tasks.n;
}

/* Whether endpoints have a policy where they are to have one. */
static void
check_policies(struct proving *p)
{
	VEC_FOREACH (pair, &p->pairs) {
		const struct finding *in = &p->tasks.v[pair->task[0]].found;
		const struct finding *out = &p->tasks.v[pair->task[1]].found;
		bool conflict = in->conflict || out->conflict;
		bool limited = in->limited || out->limited;

		p->proof->endpoints += pair->endpoints;
		if (pair->policy && conflict)
			fault(p, pair->endpoint,
			    "it has a map, and Cilium refuses its rules");
		else if (!pair->policy && conflict)
			p->proof->refused += pair->endpoints;
		else if (!pair->policy && limited)
			p->proof->limited += pair->endpoints;
		else if (!pair->policy)
			fault(p, pair->endpoint, "it has no map");
	}
}

static void
read_manifest(struct proving *p)
{
	const struct bundle_content *b = p->bundle;
	const struct ynode *redirects = ynode_get(b->manifest, "redirects");
	struct str enforcement = option(b, "enforcement");

	p->premises.layout = b->ipcache.layout;
	p->premises.never = str_is(enforcement, "never");
	p->premises.always = str_is(enforcement, "always");
	p->premises.localhost = flag(b, "allow_localhost");
	for (uint32_t i = 0; i < redirects->seq.n; i++)
		*vec_push(&p->proxies, p->arena) =
		    ynode_get(redirects->seq.v[i], "name")->s;
}

void
proof_make(struct proof *ret, struct pool *pool, struct arena *a,
    const struct world *w, const struct bundle_content *b)
{
	struct proving p = {.proof = ret, .arena = a, .world = w, .bundle = b};

	*ret = (struct proof){0};
	map_init(&p.pair_of, a);
	map_init(&p.task_of, a);
	read_manifest(&p);
	premises_init(&p.premises, pool, a, w);
	check_identities(&p);
	check_ipcache(&p);
	/* Maps name identities, which have to be the same ones. */
	if (ret->wrong == 0)
		check_endpoints(&p);
	pool_run(pool, p.tasks.n, do_task, &p);
	add_up(&p);
	check_policies(&p);
	ret->proxies = (uint32_t)p.proxies.n;
}
