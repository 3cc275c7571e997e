/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings in the order of a table, then the objects that something
 * depends on when connections are judged.
 */
#include "bundle/objects.h"

#include <stddef.h>

#include "base/bytes.h"
#include "bundle/header.h"
#include "ident/label_filter.h"
#include "schema/pack.h"

enum {
	BODY = HEADER_SIZE + 8, /* after the number of the tables */
};

static const struct file_kind kind = {"CNPCOBJ", 1};

/* A place in struct object_settings: a number of so many bytes up to MAX, or a
 * text. */
struct member {
	size_t offset, size;
	uint64_t max;
	bool text;
};

#define AT(m)                                          \
	.offset = offsetof(struct object_settings, m), \
	.size = sizeof(((struct object_settings *)0)->m)
#define NUMBER(m, most)              \
	{                            \
		AT(m), .max = (most) \
	}
#define FLAG(m) NUMBER(m, 1)
#define TEXT(m)                     \
	{                           \
		AT(m), .text = true \
	}

static const struct member members[] = {
    NUMBER(ir.cilium.number, VERSION_LAST),
    NUMBER(ir.model, IR_MODEL_CILIUM),
    FLAG(ir.ipv4),
    FLAG(ir.ipv6),
    TEXT(ir.cluster_name),
    TEXT(ir.node),
    FLAG(ir.reads_np),
    FLAG(ir.reads_cnp),
    FLAG(ir.reads_ccnp),
    FLAG(ir.reads_kcnp),
    FLAG(ir.admin_network_policy),
    FLAG(ir.l7_proxy),
    FLAG(ir.icmp_rules),
    FLAG(ir.sctp),
    FLAG(ir.extended_protocols),
    FLAG(ir.non_default_deny),
    FLAG(ir.node_labels),
    FLAG(ir.host_firewall),
    FLAG(ir.settings_known),
    FLAG(ir.whole),
    FLAG(ir.socket_lb_hosts_only),
    NUMBER(ir.cidr_match, IR_CIDR_ALL),
    FLAG(ir.well_known),
    NUMBER(ir.local_cluster, IR_ON),
    TEXT(ir.label_filter),
    TEXT(ir.node_label_filter),
    FLAG(ir.snapshot),
    NUMBER(pmap.enforcement, PMAP_ENFORCE_NEVER),
    FLAG(pmap.allow_localhost),
    NUMBER(schema.cilium, VERSION_LAST),
    TEXT(schema.default_ns),
};

#define NMEMBERS (sizeof(members) / sizeof(*members))

/* A number in an enum, an unsigned or a bool. */
static uint64_t
number_at(const void *p, size_t size)
{
	unsigned v;

	if (size == sizeof(bool))
		return *(const bool *)p;
	memcpy(&v, p, sizeof(v));
	return v;
}

static void
set_number(void *p, size_t size, uint64_t number)
{
	unsigned v = (unsigned)number;

	if (size == sizeof(bool))
		*(bool *)p = number;
	else
		memcpy(p, &v, sizeof(v));
}

static void
put_settings(struct packer *p, const struct object_settings *settings)
{
	for (size_t i = 0; i < NMEMBERS; i++) {
		const struct member *m = &members[i];
		const char *at = (const char *)settings + m->offset;

		if (m->text)
			pack_str(p, *(const struct str *)at);
		else
			pack_u64(p, number_at(at, m->size));
	}
}

static void
read_settings(struct unpacker *u, struct object_settings *settings)
{
	for (size_t i = 0; i < NMEMBERS; i++) {
		const struct member *m = &members[i];
		char *at = (char *)settings + m->offset;

		if (m->text) {
			struct str text = unpack_str(u);

			u->bad |= !text.s;
			*(struct str *)at = text;
			continue;
		}
		set_number(at, m->size, unpack_u64(u, m->max));
	}
}

/* Whether an answer may depend on O. */
static bool
is_kept(const struct object *o)
{
	return o->kind != AST_CONFIG_MAP && o->kind != AST_CONFIGURATION &&
	    o->kind != AST_ASSERTIONS;
}

struct str
objects_put(struct arena *a, const struct object_settings *settings,
    struct source_set *sources, const struct object_list *objects)
{
	struct packer p;
	struct buf out;
	uint32_t n = 0;

	packer_init(&p, a, sources, settings->schema.cilium);
	put_settings(&p, settings);
	VEC_FOREACH (o, &objects->v) {
		if (!is_kept(*o))
			continue;
		pack_object(&p, *o);
		n++;
	}
	buf_init(&out, a);
	buf_repeat(&out, '\0', BODY);
	le64_put(out.p + HEADER_SIZE, pack_tables());
	packer_put(&p, &out);
	header_put((uint8_t *)out.p, out.n, &kind, n, 0);
	return buf_as_str(&out);
}

/* The objects, each by its kind as well. */
static bool
read_objects(struct unpacker *u, uint32_t n, struct object_list *list)
{
	for (uint32_t i = 0; i < n; i++) {
		struct object *o = unpack_object(u);

		if (!o)
			return false;
		*vec_push(&list->v, u->arena) = o;
		*vec_push(&list->of_kind[o->kind], u->arena) = o;
	}
	return unpacker_end(u);
}

/* Whether what is read as settings can be. */
static bool
are_valid(const struct object_settings *s)
{
	char problem[128];

	return version_modelled(s->ir.cilium.number) == s->ir.cilium.number &&
	    (s->ir.ipv4 || s->ir.ipv6) &&
	    label_filter_check(s->ir.label_filter, problem, sizeof(problem)) &&
	    label_filter_check(s->ir.node_label_filter, problem,
		sizeof(problem));
}

/* What is read after the header; NULL, or what is wrong. */
static const char *
read_all(struct unpacker *u, uint32_t n, struct object_settings *settings,
    struct object_list *objects)
{
	read_settings(u, settings);
	if (u->bad || !are_valid(settings))
		return "it has settings that cannot be";
	unpacker_set_schema(u, schema_new(u->arena, &settings->schema));
	return read_objects(u, n, objects) ? NULL
					   : "it has an object that cannot be";
}

bool
objects_read(struct arena *a, struct str bytes,
    struct object_settings *settings, struct source_set *sources,
    struct object_list *ret_objects, const char **ret_problem)
{
	const char *problem = header_check(bytes, &kind), *p = bytes.s;
	struct object_settings read = *settings;
	struct object_list objects = {0};
	struct unpacker u;

	if (!problem &&
	    (bytes.n < BODY || le32_get(p + H_TOTAL) != 0 ||
		le64_get(p + HEADER_SIZE) != pack_tables()))
		problem = "it is of another version of cnpc";
	if (!problem) {
		unpacker_init(&u, a, sources,
		    (struct str){p + BODY, bytes.n - BODY});
		problem = read_all(&u, le32_get(p + H_COUNT), &read, &objects);
	}
	if (problem) {
		*ret_problem = problem;
		return false;
	}
	*settings = read;
	*ret_objects = objects;
	return true;
}
