/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of checks, and the choice of findings for `cnpc lint`.  The level
 * of a finding is that of its diagnostic in grammar/diagnostics.def.
 */
#include "lint/lint.h"

#include "diag_gen.h"
#include "lint/dns.h"
#include "lint/exclusions.h"
#include "lint/ingresses.h"
#include "lint/limits.h"
#include "lint/meant.h"
#include "lint/mtls.h"
#include "lint/names.h"
#include "lint/nearly.h"
#include "lint/outside.h"
#include "lint/patches.h"
#include "lint/peers.h"
#include "lint/ports.h"
#include "lint/requests.h"
#include "lint/subjects.h"

/* What a check needs of struct lint. */
enum {
	NEEDS_IR = 1 << 0,
	NEEDS_PMAPS = 1 << 1,
	NEEDS_MODELS = 1 << 2,
};

/* Whether what policies name is there. */
static void
check_names(const struct lint *l)
{
	lint_check_names(l->sink, l->ir);
}

/* Whether what selectors exclude is excluded. */
static void
check_exclusions(const struct lint *l)
{
	lint_check_exclusions(l->sink, l->pmaps->world);
}

/* Where the two models of precedence differ. */
static void
check_models(const struct lint *l)
{
	lint_check_models(l->sink, l->scratch, l->pmaps, l->models);
}

/* What hangs on the patch, each change once. */
static void
check_patches(const struct lint *l)
{
	lint_check_patches(l->sink, l->scratch, l->ir);
}

/* Whether the platform has room for the maps. */
static void
check_limits(const struct lint *l)
{
	const struct platform_limits *limits = platform_limits(l->platform);

	if (limits)
		lint_check_limits(l->sink, l->pmaps, platform_name(l->platform),
		    limits);
	else
		lint_check_map_size(l->sink, l->scratch, l->pmaps,
		    l->policy_map_max);
}

/* Whom the platform leaves alone. */
static void
check_mtls(const struct lint *l)
{
	lint_check_mtls(l->sink, l->pmaps, l->platform);
}

/* Ports that have lost their peers. */
static void
check_split_rules(const struct lint *l)
{
	lint_check_split_rules(l->sink, l->ir);
}

/* Whether lists of ICMP types have some. */
static void
check_empty_icmps(const struct lint *l)
{
	lint_check_empty_icmps(l->sink, l->ir);
}

/* Pods that denials leave nothing. */
static void
check_deny_only(const struct lint *l)
{
	lint_check_deny_only(l->sink, l->scratch, l->pmaps);
}

/* Whether somebody nearly is who is selected. */
static void
check_nearly(const struct lint *l)
{
	lint_check_nearly(l->sink, l->scratch, l->pmaps->world);
}

/* Labels that no identity has. */
static void
check_dropped_labels(const struct lint *l)
{
	lint_check_dropped_labels(l->sink, l->scratch, l->ir);
}

/* Whether peers are where they are looked for. */
static void
check_peers(const struct lint *l)
{
	lint_check_peers(l->sink, l->scratch, l->pmaps->world, l->objects);
}

/* Whether names can be asked for, and are learned. */
static void
check_dns(const struct lint *l)
{
	lint_check_dns(l->sink, l->scratch, l->pmaps, l->objects);
}

/* The node's own cache of names. */
static void
check_node_dns(const struct lint *l)
{
	lint_check_node_dns(l->sink, l->scratch, l->ir);
}

/* Limits that another rule lifts. */
static void
check_requests(const struct lint *l)
{
	lint_check_requests(l->sink, l->scratch, l->pmaps);
}

/* CIDR rules around what is in the cluster. */
static void
check_cidrs(const struct lint *l)
{
	lint_check_cidrs(l->sink, l->scratch, l->pmaps->world, l->objects);
}

/* The API server's port. */
static void
check_api_server(const struct lint *l)
{
	lint_check_api_server(l->sink, l->scratch, l->ir);
}

/* Names of ports. */
static void
check_port_names(const struct lint *l)
{
	lint_check_port_names(l->sink, l->scratch, l->pmaps);
}

/* Ports of Services. */
static void
check_service_ports(const struct lint *l)
{
	lint_check_service_ports(l->sink, l->scratch, l->pmaps->world,
	    l->objects);
}

/* Pods that no policy is for. */
static void
check_unenforced(const struct lint *l)
{
	lint_check_unenforced(l->sink, l->pmaps->world);
}

/* Nodes without each other. */
static void
check_nodes(const struct lint *l)
{
	lint_check_nodes(l->sink, l->scratch, l->pmaps);
}

/* A cluster in default deny by one permission. */
static void
check_isolated(const struct lint *l)
{
	lint_check_isolated(l->sink, l->scratch, l->pmaps);
}

/* What Cilium's Ingress leads to. */
static void
check_ingresses(const struct lint *l)
{
	lint_check_ingresses(l->sink, l->scratch, l->pmaps, l->objects);
}

static const struct check {
	const char *name;
	unsigned needs;
	void (*run)(const struct lint *l);
} checks[] = {
    {"names", NEEDS_IR, check_names},
    {"patches", NEEDS_IR, check_patches},
    {"exclusions", NEEDS_PMAPS, check_exclusions},
    {"models", NEEDS_PMAPS | NEEDS_MODELS, check_models},
    {"limits", NEEDS_PMAPS, check_limits},
    {"mtls", NEEDS_PMAPS, check_mtls},
    {"split-rules", NEEDS_IR, check_split_rules},
    {"empty-icmps", NEEDS_IR, check_empty_icmps},
    {"deny-only", NEEDS_PMAPS, check_deny_only},
    {"dropped-labels", NEEDS_IR, check_dropped_labels},
    {"peers", NEEDS_PMAPS, check_peers},
    {"nearly", NEEDS_PMAPS, check_nearly},
    {"dns", NEEDS_PMAPS, check_dns},
    {"node-dns", NEEDS_IR, check_node_dns},
    {"requests", NEEDS_PMAPS, check_requests},
    {"cidrs", NEEDS_PMAPS, check_cidrs},
    {"api-server", NEEDS_IR, check_api_server},
    {"port-names", NEEDS_PMAPS, check_port_names},
    {"service-ports", NEEDS_PMAPS, check_service_ports},
    {"unenforced", NEEDS_PMAPS, check_unenforced},
    {"nodes", NEEDS_PMAPS, check_nodes},
    {"isolated", NEEDS_PMAPS, check_isolated},
    {"ingresses", NEEDS_PMAPS, check_ingresses},
};

void
lint_run(const struct lint *l)
{
	unsigned given = (l->ir ? NEEDS_IR : 0) | (l->pmaps ? NEEDS_PMAPS : 0) |
	    (l->models ? NEEDS_MODELS : 0);

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		if ((checks[i].needs & given) == checks[i].needs)
			checks[i].run(l);
	}
}

bool
lint_is_unread(const struct diag *d)
{
	enum diag_band band;

	if (d->level < DIAG_ERROR)
		return false;
	band = diag_lookup(d->id)->band;
	return band == DIAG_BAND_READING || band == DIAG_BAND_OPTIONS;
}

/* Which sources findings are about. */
struct subject {
	const struct source_set *set;
	bool asked;
};

static bool
is_subject(const struct source *s, bool asked)
{
	return !s->context && (s->asked || !asked);
}

static bool
is_about_input(const struct diag *d, const void *arg)
{
	const struct subject *about = arg;

	return lint_is_told(about->set, d->at, about->asked) ||
	    lint_is_unread(d);
}

bool
lint_is_told(const struct source_set *set, struct span at, bool asked)
{
	return at.source == 0 || is_subject(&set->v.v[at.source - 1], asked);
}

void
lint_select(struct diag_sink *sink, const struct source_set *set, bool asked)
{
	const struct subject about = {set, asked};

	diag_sink_filter(sink, is_about_input, &about);
}

bool
lint_unread(const struct diag_sink *sink)
{
	VEC_FOREACH (d, &sink->v) {
		if (lint_is_unread(*d))
			return true;
	}
	return false;
}

void
lint_summary(struct buf *out, const struct source_set *set,
    const struct diag_sink *sink, bool asked)
{
	uint32_t files = 0;
	const char *gap = "";

	for (int level = DIAG_UNSUPPORTED; level >= DIAG_NOTE; level--) {
		uint32_t n = sink->count[level];

		if (n == 0)
			continue;
		buf_printf(out, "%s%u %s%s", gap, n,
		    diag_level_name((enum diag_level)level),
		    n == 1 || level == DIAG_STYLE || level == DIAG_UNSUPPORTED
			? ""
			: "s");
		gap = ", ";
	}
	VEC_FOREACH (s, &set->v)
		files += is_subject(s, asked);
	buf_printf(out, "%s in %u file%s\n", *gap ? "" : "nothing found", files,
	    files == 1 ? "" : "s");
}
