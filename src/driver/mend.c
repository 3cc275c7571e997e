/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of fixes, in memory, and their end. */
#include "driver/mend.h"

#include <string.h>

#include "base/file.h"
#include "diag/fix.h"

static struct str
copied(struct arena *a, struct str s)
{
	return (struct str){arena_dup(a, s.s, s.n), s.n};
}

static const struct mended_text *
now(const struct mended_file *f)
{
	return &f->texts.v[f->texts.n - 1];
}

/* Gives F the text AFTER, EDITS away; false when it had that before. */
static bool
put_text(struct mending *m, struct mended_file *f, struct str after,
    size_t edits)
{
	for (size_t i = 0; i < f->texts.n; i++) {
		if (!str_eq(f->texts.v[i].text, after))
			continue;
		f->texts.n = i + 1;
		f->settled = true;
		return false;
	}
	edits += now(f)->edits;
	*vec_push(&f->texts, m->arena) =
	    (struct mended_text){copied(m->arena, after), edits};
	return true;
}

void
mend_texts(struct mending *m, struct unit_options *opt)
{
	m->texts.n = 0;
	VEC_FOREACH (f, &m->files)
		*vec_push(&m->texts, m->arena) =
		    (struct unit_text){f->path, now(f)->text};
	opt->texts = m->texts.v;
	opt->ntexts = m->texts.n;
}

/* The file of a source, as new if it was not changed before. */
static struct mended_file *
file_of(struct mending *m, struct unit *u, const struct fixed_text *t)
{
	const char *path = u->sources.v.v[t->source - 1].name;
	const char *name = source_file(&u->sources, t->source);
	struct mended_file *f;

	VEC_FOREACH (known, &m->files) {
		if (strcmp(known->path, path) == 0)
			return known;
	}
	f = vec_push(&m->files, m->arena);
	*f = (struct mended_file){
	    .path = arena_dup(m->arena, path, strlen(path)),
	    .name = arena_dup(m->arena, name, strlen(name)),
	};
	*vec_push(&f->texts, m->arena) =
	    (struct mended_text){copied(m->arena, t->before), 0};
	return f;
}

bool
mend_round(struct mending *m, struct unit *u)
{
	struct fixed_texts texts;
	struct mended_file *f;
	bool more = false;

	fix_texts(&u->scratch, &u->sources, &u->sink, &texts);
	VEC_FOREACH (t, &texts.v) {
		if (strcmp(u->sources.v.v[t->source - 1].name, SOURCE_STDIN) ==
		    0)
			continue;
		f = file_of(m, u, t);
		more |= !f->settled && put_text(m, f, t->after, t->edits);
	}
	return more;
}

void
mend_count(const struct mending *m, size_t *ret_edits, size_t *ret_files)
{
	*ret_edits = *ret_files = 0;
	VEC_FOREACH (f, &m->files) {
		*ret_edits += now(f)->edits;
		*ret_files += f->texts.n > 1;
	}
}

void
mend_diff(const struct mending *m, struct buf *out)
{
	VEC_FOREACH (f, &m->files) {
		if (f->texts.n > 1)
			fix_put_diff(out, f->name, f->texts.v[0].text,
			    now(f)->text);
	}
}

int
mend_write(const struct mending *m, const char **ret_path)
{
	VEC_FOREACH (f, &m->files) {
		int error =
		    f->texts.n > 1 ? file_write(f->path, now(f)->text) : 0;

		*ret_path = f->path;
		if (error)
			return error;
	}
	return 0;
}
