/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/near.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "diag_gen.h"
#include "report/show.h"

/* In the order of enum show_part. */
static const char *const parts[] = {"all", "identities", "endpoints",
    "policies", "ipcache", NULL};

enum format {
	FORMAT_TABLE,
	FORMAT_JSON,
};

/* OPT_GO, or a usage error. */
static int
find_part(struct cli *cli, const char *word, enum show_part *ret_part)
{
	for (size_t i = 0; parts[i]; i++) {
		if (strcmp(parts[i], word) == 0) {
			*ret_part = (enum show_part)i;
			return OPT_GO;
		}
	}
	return cli_usage(cli, "cannot show \"%s\"%s", word,
	    near_hint(&cli->arena, str_of(word), parts, ""));
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

/* Narrows S down to what --endpoint or --identity names. */
static bool
select_one(struct unit *u, struct show *s, const char *endpoint,
    const uint64_t *identity)
{
	const char *slash = endpoint ? strchr(endpoint, '/') : NULL;
	struct str ns = u->opt.schema.default_ns;
	struct str name = str_of(slash ? slash + 1 : endpoint);

	if (slash)
		ns = (struct str){endpoint, (size_t)(slash - endpoint)};
	if (endpoint) {
		s->endpoint = world_find_endpoint(&u->world, ns, name);
		if (!s->endpoint) {
			no_endpoint(u, ns, name);
			return false;
		}
		s->ident = s->endpoint->ident;
	}
	if (identity) {
		sec_id_t id = {(uint32_t)*identity};

		if (!world_find_id(&u->world, id, &s->ident)) {
			diag_no_identity(&u->sink, (struct span){0}, *identity);
			return false;
		}
	}
	s->one = endpoint || identity;
	return true;
}

int
cmd_show(struct cli *cli)
{
	const char *endpoint = NULL, *identity = NULL;
	int format = FORMAT_TABLE, status;
	const struct opt own[] = {
	    {"format", 0, "table|json", "table for people, json for programs",
		OPT_CHOICE, .choice = &format},
	    {"endpoint", 0, "NAMESPACE/NAME", "only what concerns this pod",
		OPT_STR, .str = &endpoint},
	    {"identity", 0, "NUMBER", "only what concerns this identity",
		OPT_STR, .str = &identity},
	    {0},
	};
	struct options o;
	enum show_part part = SHOW_ALL;
	uint64_t id;
	struct unit u;

	status = opt_parse(cli, own, &o);
	if (status != OPT_GO)
		return status;
	status = find_part(cli, o.args[0], &part);
	if (status != OPT_GO)
		return status;
	if (endpoint && identity)
		return cli_usage(cli,
		    "--endpoint and --identity exclude "
		    "each other");
	if (identity && !num_u64(str_of(identity), UINT32_MAX, &id))
		return cli_usage(cli, "--identity takes a number, not \"%s\"",
		    identity);
	if (cli_compile(cli, &o, &u, PASS_BIT(PMAP) | PASS_BIT(LINT))) {
		struct show s = {.objects = &u.objects,
		    .world = &u.world,
		    .pmaps = &u.pmaps};
		struct json json;

		if (!select_one(&u, &s, endpoint, identity ? &id : NULL))
			return cli_finish(cli, &u, STATUS_BAD_INPUT);
		json_init(&json, &cli->out.buf, true);
		if (format == FORMAT_JSON)
			show_json(&json, &u.perm, &s, part);
		else
			show_table(&cli->out.buf, &u.perm, &s, part);
	}
	return cli_finish(cli, &u, STATUS_OK);
}
