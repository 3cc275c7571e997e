/* SPDX-License-Identifier: Apache-2.0 */
/* JSON patches (RFC 6902), as kustomize applies them. */
#include "base/num.h"
#include "repo/edit.h"

enum operation { ADD, REMOVE, REPLACE };

struct json_patch {
	struct arena *arena;
	const char *why; /* what was refused; NULL: nothing so far */
	struct span at;  /* of the operation */
};

static const struct ynode *
refuse(struct json_patch *p, const char *why)
{
	p->why = why;
	return NULL;
}

/* The next token of a JSON pointer, its escapes undone; *PATH moves on. */
static struct str
next_token(struct arena *a, struct str *path)
{
	size_t n = 1, out = 0;
	char *token;

	while (n < path->n && path->s[n] != '/')
		n++;
	token = arena_dup(a, path->s + 1, n - 1);
	for (size_t i = 0; i < n - 1; i++) {
		char c = token[i];

		if (c == '~' && i + 1 < n - 1 &&
		    (token[i + 1] == '0' || token[i + 1] == '1'))
			c = token[++i] == '0' ? '~' : '/';
		token[out++] = c;
	}
	token[out] = '\0';
	*path = (struct str){path->s + n, path->n - n};
	return (struct str){token, out};
}

/* The index that TOKEN means in a list of N; N itself for the end. */
static bool
list_index(struct str token, uint32_t n, uint32_t *ret_index)
{
	uint64_t i = n;

	if (!str_is(token, "-") && !num_u64(token, n, &i))
		return false;
	*ret_index = (uint32_t)i;
	return true;
}

static const struct ynode *change(struct json_patch *p, const struct ynode *n,
    struct str path, enum operation op, const struct ynode *value);

static const struct ynode *
change_item(struct json_patch *p, const struct ynode *seq, struct str token,
    struct str rest, enum operation op, const struct ynode *value)
{
	bool here = rest.n == 0;
	uint32_t i;

	if (!list_index(token, seq->seq.n, &i) ||
	    (i == seq->seq.n && !(here && op == ADD)))
		return refuse(p, "there is no such item");
	if (here && op == ADD)
		return edit_insert(p->arena, seq, i, value);
	if (!here)
		value = change(p, seq->seq.v[i], rest, op, value);
	return p->why ? NULL : edit_item(p->arena, seq, i, value);
}

static const struct ynode *
change_member(struct json_patch *p, const struct ynode *map, struct str token,
    struct str rest, enum operation op, const struct ynode *value)
{
	const struct ynode *old = ynode_get(map, token.s);
	bool here = rest.n == 0;

	if (!old && !(here && op != REMOVE))
		return refuse(p, "there is no such member");
	if (!here)
		value = change(p, old, rest, op, value);
	return p->why ? NULL : edit_put(p->arena, map, token, p->at, value);
}

/* N with VALUE (NULL for REMOVE) at PATH. */
static const struct ynode *
change(struct json_patch *p, const struct ynode *n, struct str path,
    enum operation op, const struct ynode *value)
{
	struct str token;

	if (path.n == 0)
		return value;
	if (path.s[0] != '/')
		return refuse(p, "the path does not begin with /");
	token = next_token(p->arena, &path);
	if (n->kind == Y_SEQ)
		return change_item(p, n, token, path, op, value);
	if (n->kind == Y_MAP)
		return change_member(p, n, token, path, op, value);
	return refuse(p, "there is no such place");
}

/* What is at PATH; NULL when nothing is. */
static const struct ynode *
find(struct json_patch *p, const struct ynode *n, struct str path)
{
	uint32_t i;

	while (n && path.n > 0 && path.s[0] == '/') {
		struct str token = next_token(p->arena, &path);

		if (n->kind == Y_SEQ)
			n = list_index(token, n->seq.n, &i) && i < n->seq.n
			    ? n->seq.v[i]
			    : NULL;
		else
			n = ynode_get(n, token.s);
	}
	return n;
}

/* The operations that take a value from elsewhere. */
static const struct ynode *
transfer(struct json_patch *p, const struct ynode *n,
    const struct ynode *operation, struct str path, bool move)
{
	struct str from = edit_text(ynode_get(operation, "from"));
	const struct ynode *value = find(p, n, from);

	if (!value)
		return refuse(p, "there is nothing at `from`");
	if (move)
		n = change(p, n, from, REMOVE, NULL);
	return n ? change(p, n, path, ADD, value) : NULL;
}

static const struct ynode *
apply(struct json_patch *p, const struct ynode *n,
    const struct ynode *operation)
{
	struct str op = edit_text(ynode_get(operation, "op"));
	struct str path = edit_text(ynode_get(operation, "path"));
	const struct ynode *value = ynode_get(operation, "value"), *found;

	p->at = operation->at;
	if (str_is(op, "remove"))
		return change(p, n, path, REMOVE, NULL);
	if (str_is(op, "move") || str_is(op, "copy"))
		return transfer(p, n, operation, path, str_is(op, "move"));
	if (!value)
		return refuse(p, "it has no `value`");
	if (str_is(op, "add"))
		return change(p, n, path, ADD, value);
	if (str_is(op, "replace"))
		return change(p, n, path, REPLACE, value);
	if (!str_is(op, "test"))
		return refuse(p, "there is no such operation");
	found = find(p, n, path);
	return found && edit_equal(found, value) ? n
						 : refuse(p, "the test fails");
}

const struct ynode *
edit_json_patch(struct arena *a, const struct ynode *n,
    const struct ynode *operations, const char **ret_why, struct span *ret_at)
{
	struct json_patch p = {.arena = a, .at = operations->at};

	if (operations->kind != Y_SEQ)
		refuse(&p, "it is no list of operations");
	for (uint32_t i = 0; !p.why && i < operations->seq.n; i++) {
		n = apply(&p, n, operations->seq.v[i]);
		if (!n && !p.why)
			refuse(&p, "it removes the whole object");
	}
	if (!p.why)
		return n;
	*ret_why = p.why;
	*ret_at = p.at;
	return NULL;
}
