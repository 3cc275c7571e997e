/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cnpc schema: the JSON Schema of an input kind.
 */
#include "base/near.h"
#include "cli/cli.h"
#include "cli/opt.h"
#include "schema/jsonschema.h"

/* The kinds that are read, each once, NULL-terminated. */
static const char *const *
kind_names(struct arena *a)
{
	VEC(const char *) v = {0};
	const char *name;

	for (size_t i = 0; (name = schema_kind_name(i)); i++) {
		if (v.n == 0 || strcmp(v.v[v.n - 1], name) != 0)
			*vec_push(&v, a) = name;
	}
	*vec_push(&v, a) = NULL;
	return v.v;
}

int
cmd_schema(struct cli *cli)
{
	const char *const *names = kind_names(&cli->arena);
	struct options o;
	struct json json;
	int status = opt_parse(cli, NULL, &o);

	if (status != OPT_GO)
		return status;
	if (o.nargs == 0) {
		for (; *names; names++)
			buf_printf(&cli->out.buf, "%s\n", *names);
		return STATUS_OK;
	}
	json_init(&json, &cli->out.buf, true);
	if (!schema_json(&json, str_of(o.args[0]), o.unit.schema.cilium))
		return cli_usage(cli, "no kind \"%s\" is read%s", o.args[0],
		    near_hint(&cli->arena, str_of(o.args[0]), names, ""));
	buf_putc(&cli->out.buf, '\n');
	return STATUS_OK;
}
