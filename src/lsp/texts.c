/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, changing and closing texts. */
#include "lsp/texts.h"

#include "base/repository.h"
#include "base/uri.h"

static void
text_free(struct text *x)
{
	arena_free(&x->arena);
	arena_free(&x->own);
	*x = (struct text){0};
}

void
texts_free(struct texts *t)
{
	VEC_FOREACH (x, &t->v)
		text_free(*x);
	arena_free(&t->arena);
	*t = (struct texts){0};
}

struct text *
texts_find(const struct texts *t, struct str uri)
{
	VEC_FOREACH (x, &t->v) {
		if (str_is(uri, (*x)->uri))
			return *x;
	}
	return NULL;
}

struct text *
texts_of_path(const struct texts *t, const char *path)
{
	VEC_FOREACH (x, &t->v) {
		if ((*x)->path && strcmp(path, (*x)->path) == 0)
			return *x;
	}
	return NULL;
}

void
texts_open(struct texts *t, struct str uri, const char *root, int64_t version,
    struct str text)
{
	struct text *x = texts_find(t, uri);
	const char *file;

	if (x)
		text_free(x);
	else
		*vec_push(&t->v, &t->arena) = x =
		    ARENA_NEW(&t->arena, struct text);
	x->uri = arena_dup(&x->arena, uri.s, uri.n);
	file = uri_file(&x->arena, uri);
	if (file)
		x->path = repository_below(&x->arena, file, root);
	x->version = version;
	x->text = (struct str){arena_dup(&x->own, text.s, text.n), text.n};
}

void
texts_close(struct texts *t, struct text *x)
{
	text_free(x);
	VEC_FOREACH (p, &t->v) {
		if (*p != x)
			continue;
		*p = t->v.v[--t->v.n];
		return;
	}
}

void
text_edit(struct text *x, uint32_t start, uint32_t end, struct str by)
{
	struct arena before = x->own;
	struct str text = x->text;
	struct buf b;

	x->own = (struct arena){0};
	buf_init(&b, &x->own);
	buf_put(&b, text.s, start);
	buf_str(&b, by);
	buf_put(&b, text.s + end, text.n - end);
	x->text = buf_as_str(&b);
	arena_free(&before);
}
