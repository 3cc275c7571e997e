/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is open in the editor.
 */

#include "base/arena.h"
#include "base/vec.h"
#include "lsp/position.h"
#include "yaml/ytree.h"

struct text {
	struct arena arena; /* of its names */
	struct arena own;   /* of TEXT */
	const char *uri;    /* as the client has it */
	const char *path;   /* from the root; NULL: it is not below that */
	int64_t version;
	struct str text;
};

struct texts {
	struct arena arena; /* of V */
	VEC(struct text *) v;
};

void texts_free(struct texts *t);

/* The open text of that URI or of that path; NULL: there is none. */
struct text *texts_find(const struct texts *t, struct str uri);
struct text *texts_of_path(const struct texts *t, const char *path);

/* Opens it, in place of the one that may be open; ROOT is a real path. */
void texts_open(struct texts *t, struct str uri, const char *root,
    int64_t version, struct str text);

void texts_close(struct texts *t, struct text *x);

/* Replaces what is between START and END, byte offsets. */
void text_edit(struct text *x, uint32_t start, uint32_t end, struct str by);
