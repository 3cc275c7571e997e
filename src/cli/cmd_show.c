/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc show: identities, endpoints and policy maps as they were computed.
 */
#include <string.h>

#include "base/near.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "diag_gen.h"
#include "report/show.h"

static const struct word parts[] = {{"all", SHOW_ALL},
    {"identities", SHOW_IDENTITIES}, {"endpoints", SHOW_ENDPOINTS},
    {"policies", SHOW_POLICIES}, {"ipcache", SHOW_IPCACHE}, {0}};

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,
};

static const struct word formats[] = {{"table", FORMAT_TABLE},
    {"json", FORMAT_JSON}, {0}};

/* OPT_GO, or a usage error. */
static int
find_part(struct cli *cli, const char *word, enum show_part *ret_part)
{
	const struct word *part = word_find(parts, str_of(word));

	if (!part)
		return cli_usage(cli, "cannot show \"%s\"%s", word,
		    near_hint(&cli->arena, str_of(word),
			word_texts(&cli->arena, parts), ""));
	*ret_part = (enum show_part)part->value;
	return OPT_GO;
}

/* Tells that there is no such endpoint, and of one with a name like it. */
static void
no_endpoint(struct unit *u, struct str ns, struct str name)
{
	const char *full = arena_printf(&u->perm, STR_FMT "/" STR_FMT,
	    STR_ARG(ns), STR_ARG(name));
	struct diag *d =
	    diag_no_endpoint(&u->sink, (struct span){0}, str_of(full));
	const struct endpoint *near = world_near_endpoint(&u->world, ns, name);

	if (near)
		diag_note(&u->sink, d, near->object->name_at,
		    "there is " STR_FMT "/" STR_FMT, STR_ARG(near->ns),
		    STR_ARG(near->name));
}

/* What is shown of what was compiled. */
struct question {
	int format;
	enum show_part part;
	struct str endpoint, identity; /* .s NULL: not given */
	uint64_t id;                   /* of identity */
};

/* OPT_GO, or the exit status to leave with. */
static int
read_question(struct cli *cli, struct question *q, struct options *o)
{
	const struct opt own[] = {
	    {"format", 0, NULL, "table for people, json for programs", OPT_WORD,
		.word = &q->format, .words = formats},
	    {"endpoint", 0, "NAMESPACE/NAME", "only what concerns this pod",
		OPT_STR, .str = &q->endpoint},
	    {"identity", 0, "NUMBER", "only what concerns this identity",
		OPT_STR, .str = &q->identity},
	    {0},
	};
	int status = opt_parse(cli, own, o);

	if (status == OPT_GO)
		status = find_part(cli, o->args[0], &q->part);
	if (status != OPT_GO)
		return status;
	if (q->endpoint.s && q->identity.s)
		return cli_usage(cli,
		    "--endpoint and --identity exclude "
		    "each other");
	if (q->identity.s && !num_u64(q->identity, UINT32_MAX, &q->id))
		return cli_usage(cli, "--identity takes a number, not \"%s\"",
		    q->identity.s);
	return OPT_GO;
}

/* Narrows S down to what --endpoint or --identity names. */
static bool
select_one(struct unit *u, struct show *s, const struct question *q)
{
	const char *text = q->endpoint.s;
	const char *slash = text ? strchr(text, '/') : NULL;
	struct str ns = u->opt.schema.default_ns, name = q->endpoint;

	if (slash) {
		ns = (struct str){text, (size_t)(slash - text)};
		name = str_of(slash + 1);
	}
	if (text) {
		s->endpoint = world_find_endpoint(&u->world, ns, name);
		if (!s->endpoint) {
			no_endpoint(u, ns, name);
			return false;
		}
		s->ident = s->endpoint->ident;
	}
	if (q->identity.s &&
	    !world_find_id(&u->world, (sec_id_t){(uint32_t)q->id}, &s->ident)) {
		diag_no_identity(&u->sink, (struct span){0}, q->id);
		return false;
	}
	s->one = text || q->identity.s;
	return true;
}

static int
answer(struct cli *cli, struct unit *u, const struct question *q)
{
	struct show s = {.objects = &u->objects,
	    .world = &u->world,
	    .pmaps = &u->pmaps};
	struct json json;

	if (!select_one(u, &s, q))
		return STATUS_BAD_INPUT;
	cli->tells_read = q->format == FORMAT_TABLE;
	if (q->format == FORMAT_JSON) {
		json_init(&json, &cli->out.buf, true);
		show_json(&json, &u->perm, &s, q->part);
	} else {
		show_table(&cli->out.buf, &u->perm, &s, q->part);
	}
	return STATUS_OK;
}

int
cmd_show(struct cli *cli)
{
	struct question q = {.format = FORMAT_TABLE};
	struct options o;
	struct unit u;
	int status = read_question(cli, &q, &o);

	if (status != OPT_GO)
		return status;
	status = STATUS_OK;
	o.unit.ir.assume_described = true;
	if (cli_compile(cli, &o, &u, PASS_BIT(PMAP) | PASS_BIT(LINT)))
		status = answer(cli, &u, &q);
	return cli_finish(cli, &u, status);
}
