/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and reading .cnpc.yaml.  Its keys are those of grammar/config.schema;
 * what an option has, too, is handed on as the option's value.
 */
#include "driver/config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/glob.h"
#include "base/repository.h"
#include "base/word.h"
#include "cilium/version.h"
#include "diag_gen.h"
#include "schema/schema.h"
#include "yaml/yaml_read.h"

static const struct word verdicts[] = {{"ignore", LINT_OFF}, {"show", LINT_ON},
    {"note", LINT_NOTE}, {"warning", LINT_WARNING}, {"error", LINT_ERROR}, {0}};

const char *
config_find(struct arena *a, const char *input)
{
	char real[PATH_MAX];
	const char *dir;
	struct stat st;

	if (stat(input, &st) == 0 && S_ISDIR(st.st_mode))
		dir = realpath(input, real);
	else
		dir = repository_dir(a, input);
	for (; dir; dir = repository_up(a, dir)) {
		const char *path = arena_printf(a, "%s/" CONFIG_NAME, dir);

		if (stat(path, &st) == 0)
			return path;
	}
	return NULL;
}

/* PATH from the current directory, if it is below that. */
static const char *
from_here(struct arena *a, const char *path)
{
	char here[PATH_MAX];
	const char *name = NULL;

	if (getcwd(here, sizeof(here)))
		name = repository_below(a, path, here);
	return name ? name : path;
}

static void
add_value(struct config *c, struct arena *a, const char *option,
    const char *value, struct span at)
{
	*vec_push(&c->values, a) = (struct config_value){option, value, at};
}

static void
add_text(struct config *c, struct arena *a, const char *option,
    const struct ast_str *text)
{
	if (text->present)
		add_value(c, a, option, arena_dup(a, text->v.s, text->v.n),
		    text->at);
}

/* The same for a name of a file that is from the folder of C. */
static void
add_path(struct config *c, struct arena *a, const char *option,
    const struct ast_str *path)
{
	add_value(c, a, option,
	    from_here(a,
		arena_printf(a, "%s/" STR_FMT, c->dir, STR_ARG(path->v))),
	    path->at);
}

/* What RULES say of the files that fit GLOB, or of all. */
static void
add_rules(struct config *c, struct arena *a, const struct ast_str_map *rules,
    const char *glob)
{
	for (uint32_t i = 0; i < rules->n; i++) {
		const struct ast_str_pair *p = &rules->v[i];
		const struct word *w = word_find(verdicts, p->value);

		if (!lint_is_name(p->key))
			diag_unknown_rule(&c->sink, p->key_at, p->key,
			    lint_name_hint(a, p->key));
		else if (w)
			*vec_push(&c->rows.v, a) = (struct lint_row){p->key,
			    (enum lint_verdict)w->value,
			    glob ? LINT_OF_CONFIG_PATH : LINT_OF_CONFIG, glob};
	}
}

static void
take(struct config *c, struct arena *a, const struct ast_configuration *from)
{
	const struct {
		const char *option;
		const struct ast_str *text;
	} texts[] = {{"cilium", &from->cilium},
	    {"kubernetes", &from->kubernetes}, {"profile", &from->profile},
	    {"precedence", &from->precedence},
	    {"enforcement", &from->enforcement},
	    {"cluster-name", &from->cluster_name},
	    {"namespace", &from->namespace}, {"fail-on", &from->fail_on}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		add_text(c, a, texts[i].option, texts[i].text);
	for (uint32_t i = 0; i < from->vars.n; i++) {
		const struct ast_str_pair *p = &from->vars.v[i];

		add_value(c, a, "var",
		    arena_printf(a, STR_FMT "=" STR_FMT, STR_ARG(p->key),
			STR_ARG(p->value)),
		    p->key_at);
	}
	for (uint32_t i = 0; i < from->cluster.n; i++)
		add_path(c, a, "cluster", &from->cluster.v[i]);
	if (from->baseline.present)
		add_path(c, a, "baseline", &from->baseline);
	for (uint32_t i = 0; i < from->exclude.n; i++)
		*vec_push(&c->exclude, a) = arena_dup(a, from->exclude.v[i].v.s,
		    from->exclude.v[i].v.n);
	add_rules(c, a, &from->rules, NULL);
	for (uint32_t i = 0; i < from->paths.n; i++) {
		const struct ast_path_rules *p = &from->paths.v[i];

		for (uint32_t k = 0; k < p->files.n; k++)
			add_rules(c, a, &p->rules,
			    arena_dup(a, p->files.v[k].v.s, p->files.v[k].v.n));
	}
}

bool
config_excludes(struct arena *a, const struct config *config, const char *path)
{
	const char *slash = strrchr(path, '/'), *name;

	if (strcmp(slash ? slash + 1 : path, CONFIG_NAME) == 0)
		return true;
	if (!config || config->exclude.n == 0)
		return false;
	name = repository_below(a, path, config->dir);
	VEC_FOREACH (glob, &config->exclude) {
		if (name && glob_fits(*glob, name))
			return true;
	}
	return false;
}

void
config_read(struct config *config, struct arena *a, const char *path)
{
	const struct schema_options opt = {.cilium = VERSION_LAST};
	const char *dir = repository_dir(a, path);
	const struct object *o = NULL;
	struct ydocs docs = {0};
	struct str text;
	uint32_t source;
	int error;

	*config = (struct config){.dir = dir ? dir : ""};
	config->rows.dir = config->dir;
	source_set_init(&config->sources, a);
	diag_sink_init(&config->sink, a);
	error = file_read(a, path, ylimits_default.bytes, &text);
	if (error != 0) {
		diag_cannot_read_file(&config->sink, (struct span){0}, path,
		    strerrordesc_np(error));
		return;
	}
	source = source_add(&config->sources, from_here(a, path), text);
	yaml_read(a, &config->sink, text, source, &ylimits_default, &docs);
	if (docs.v.n > 0)
		o = schema_decode_as(schema_new(a, &opt), a, &config->sink,
		    docs.v.v[0], AST_CONFIGURATION);
	if (o)
		take(config, a, o->body);
}
