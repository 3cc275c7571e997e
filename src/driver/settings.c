/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of settings, and how a ConfigMap's values get into the options.
 */
#include "driver/settings.h"

#include <stddef.h>
#include <string.h>

#include "diag_gen.h"
#include "driver/unit.h"
#include "ident/label_filter.h"

static const struct word truth[] = {{"true", true}, {"false", false}, {0}};

static const struct word switches[] = {{"true", IR_ON}, {"false", IR_OFF}, {0}};

const struct word settings_localhost[] = {{"auto", true}, {"always", true},
    {"policy", false}, {0}};

const struct word settings_enforcement[] = {{"default", PMAP_ENFORCE_DEFAULT},
    {"always", PMAP_ENFORCE_ALWAYS}, {"never", PMAP_ENFORCE_NEVER}, {0}};

/* Commas or spaces are between the words, in any order. */
static const struct word cidr_match[] = {{"", IR_CIDR_WORLD},
    {"nodes", IR_CIDR_NODES}, {"pods", IR_CIDR_PODS},
    {"nodes,pods", IR_CIDR_ALL}, {0}};

/* What the agent had before, which starts with nothing else. */
static const struct word cidr_match_nodes[] = {{"", IR_CIDR_WORLD},
    {"nodes", IR_CIDR_NODES}, {0}};

#define AUDIT_MODE "policy-audit-mode"

/* A place in struct unit_options. */
#define AT(member)                                       \
	.offset = offsetof(struct unit_options, member), \
	.size = sizeof(((struct unit_options *)0)->member)

/*
 * One setting: its key in the ConfigMap, what its value can be (NULL: any
 * text), and where it goes.  ABSENT is what the agent takes when the key is
 * not there, if that is not what cnpc assumes without a ConfigMap.
 */
static const struct setting {
	const char *key;
	const struct word *words;
	size_t offset, size;
	enum setting_id id;
	const char *absent;
	bool filter; /* a list of label patterns */
} settings[] = {
    {"allow-localhost", settings_localhost, AT(pmap.allow_localhost),
	.id = SETTING_ALLOW_LOCALHOST},
    {"bpf-lb-sock-hostns-only", truth, AT(ir.socket_lb_hosts_only),
	.absent = "false"},
    {"bpf-policy-map-max", NULL, AT(policy_map_max)},
    {"cluster-name", NULL, AT(ir.cluster_name), .id = SETTING_CLUSTER_NAME},
    {"enable-cilium-clusterwide-network-policy", truth, AT(ir.reads_ccnp)},
    {"enable-cilium-network-policy", truth, AT(ir.reads_cnp)},
    {"enable-extended-ip-protocols", truth, AT(ir.extended_protocols),
	.absent = "false"},
    {"enable-host-firewall", truth, AT(ir.host_firewall)},
    {"enable-icmp-rules", truth, AT(ir.icmp_rules)},
    {"enable-ipv4", truth, AT(ir.ipv4), .id = SETTING_IPV4},
    {"enable-ipv6", truth, AT(ir.ipv6), .id = SETTING_IPV6},
    {"enable-k8s-cluster-network-policy", truth, AT(ir.reads_kcnp),
	.absent = "false"},
    {"enable-k8s-networkpolicy", truth, AT(ir.reads_np)},
    {"enable-l7-proxy", truth, AT(ir.l7_proxy)},
    {"enable-node-selector-labels", truth, AT(ir.node_labels)},
    {"enable-non-default-deny-policies", truth, AT(ir.non_default_deny)},
    {"enable-policy", settings_enforcement, AT(pmap.enforcement),
	.id = SETTING_ENFORCEMENT},
    {"enable-sctp", truth, AT(ir.sctp), .absent = "false"},
    {"enable-well-known-identities", truth, AT(ir.well_known),
	.absent = "true"},
    {"labels", NULL, AT(ir.label_filter), .filter = true},
    {"node-labels", NULL, AT(ir.node_label_filter), .filter = true},
    {AUDIT_MODE, truth, AT(audit)},
    {"policy-cidr-match-mode", cidr_match, AT(ir.cidr_match)},
    {"policy-default-local-cluster", switches, AT(ir.local_cluster)},
};

#define NSETTINGS (sizeof(settings) / sizeof(*settings))

/* "true" or "false" for all that Go's strconv.ParseBool() takes for it. */
static struct str
plain_bool(struct str text)
{
	static const char *const yes[] = {"1", "t", "T", "TRUE", "True", NULL};
	static const char *const no[] = {"0", "f", "F", "FALSE", "False", NULL};

	for (size_t i = 0; yes[i]; i++) {
		if (str_is(text, yes[i]))
			return STR("true");
		if (str_is(text, no[i]))
			return STR("false");
	}
	return text;
}

/* The words that a version of the agent takes. */
static const struct word *
words_of(const struct unit_options *opt, const struct word *w)
{
	if (w == cidr_match &&
	    !version_has(opt->ir.cilium, VERSION_CIDR_MATCH_PODS))
		return cidr_match_nodes;
	return w;
}

/* The row for a list of words; NULL when it has another word. */
static const struct word *
find_cidr_match(const struct word *table, struct str text)
{
	int value = IR_CIDR_WORLD;
	size_t end;

	for (size_t at = 0; at < text.n; at = end + 1) {
		const struct word *w;

		end = at;
		while (end < text.n && !strchr(", \t", text.s[end]))
			end++;
		w = word_find(table, (struct str){text.s + at, end - at});
		if (!w)
			return NULL;
		value |= w->value;
	}
	return word_find(table, str_of(word_of(table, value)));
}

static const struct word *
find_word(const struct unit_options *opt, const struct word *w, struct str text)
{
	if (w == truth || w == switches)
		text = plain_bool(text);
	if (w == cidr_match)
		return find_cidr_match(words_of(opt, w), text);
	return word_find(w, text);
}

static void
store_word(struct unit_options *opt, const struct setting *s, int value)
{
	void *to = (char *)opt + s->offset;

	/* An enum, or a bool. */
	if (s->size == sizeof(value))
		memcpy(to, &value, sizeof(value));
	else
		*(bool *)to = value;
}

static void
set(struct unit_options *opt, struct arena *a, struct diag_sink *sink,
    const struct setting *s, const struct ast_str_pair *pair)
{
	const struct word *w;
	char problem[128];

	if (s->filter &&
	    !label_filter_check(pair->value, problem, sizeof(problem))) {
		diag_bad_label_filter(sink, pair->value_at, s->key, problem);
		return;
	}
	if (!s->words) {
		memcpy((char *)opt + s->offset, &pair->value,
		    sizeof(pair->value));
		return;
	}
	w = find_word(opt, s->words, pair->value);
	if (w)
		store_word(opt, s, w->value);
	else
		diag_bad_setting(sink, pair->value_at, s->key, pair->value,
		    word_list(a, words_of(opt, s->words), "\"", ", "));
}

/* The key's pair in the ConfigMap; NULL when it is not there. */
static const struct ast_str_pair *
find_pair(const struct ast_config_map *map, const char *key)
{
	for (uint32_t i = 0; i < map->data.n; i++) {
		if (str_is(map->data.v[i].key, key))
			return &map->data.v[i];
	}
	return NULL;
}

static void
apply(struct unit_options *opt, struct arena *a, struct diag_sink *sink,
    const struct object *o)
{
	const struct ast_config_map *map = o->body;

	opt->ir.settings_known = true;
	for (size_t i = 0; i < NSETTINGS; i++) {
		const struct setting *s = &settings[i];
		const struct ast_str_pair *pair = find_pair(map, s->key);

		if (opt->given & 1u << s->id)
			continue;
		if (pair)
			set(opt, a, sink, s, pair);
		else if (s->absent)
			store_word(opt, s,
			    find_word(opt, s->words, str_of(s->absent))->value);
	}
	if (opt->audit)
		diag_audit_mode(sink, find_pair(map, AUDIT_MODE)->key_at);
	if (!opt->ir.ipv4 && !opt->ir.ipv6)
		diag_no_family(sink, o->name_at);
}

/* Those that are set outside of the ConfigMap. */
static void
apply_set(struct unit_options *opt, struct arena *a, struct diag_sink *sink)
{
	for (size_t k = 0; k < opt->nset; k++) {
		const struct ast_str_pair pair = {.key = opt->set[k].key,
		    .value = opt->set[k].value};

		for (size_t i = 0; i < NSETTINGS; i++) {
			if (str_is(pair.key, settings[i].key))
				set(opt, a, sink, &settings[i], &pair);
		}
	}
}

/*
 * Whether some of OBJECTS are what a running cluster has, whose settings are
 * the defaults then if no ConfigMap has them.
 */
static bool
are_of_cluster(const struct object_list *objects)
{
	if (objects->of_kind[AST_NODE].n > 0)
		return true;
	OBJECT_FOREACH (o, objects, AST_POD) {
		const struct ast_pod *pod = o->body;

		if (pod->status && pod->status->pod_ip.present)
			return true;
	}
	return false;
}

void
settings_apply(struct unit_options *opt, struct arena *a,
    struct diag_sink *sink, const struct object_list *objects)
{
	const struct object *first = NULL;

	opt->ir.snapshot = opt->ir.settings_known = are_of_cluster(objects);
	OBJECT_FOREACH (o, objects, AST_CONFIG_MAP) {
		struct diag *d;

		if (!str_is(o->name, "cilium-config"))
			continue;
		if (!first) {
			first = o;
			apply(opt, a, sink, o);
			continue;
		}
		d = diag_second_config(sink, o->name_at);
		diag_note(sink, d, first->name_at, "this one counts");
	}
	apply_set(opt, a, sink);
}

const char *const *
setting_keys(struct arena *a)
{
	const char **keys = ARENA_ARRAY(a, const char *, NSETTINGS + 1);

	for (size_t i = 0; i < NSETTINGS; i++)
		keys[i] = settings[i].key;
	return keys;
}

static const char *
current_word(const struct unit_options *opt, const struct setting *s)
{
	const void *from = (const char *)opt + s->offset;
	const char *text;
	int value;

	if (s->size == sizeof(value))
		memcpy(&value, from, sizeof(value));
	else
		value = *(const bool *)from;
	text = word_of(s->words, value);
	return text ? text : "by version";
}

void
settings_dump(struct buf *out, const struct unit_options *opt)
{
	for (size_t i = 0; i < NSETTINGS; i++) {
		const struct setting *s = &settings[i];
		struct str text;

		if (s->words)
			text = str_of(current_word(opt, s));
		else
			memcpy(&text, (const char *)opt + s->offset,
			    sizeof(text));
		buf_printf(out, "%s: \"" STR_FMT "\"\n", s->key, STR_ARG(text));
	}
}
