/* SPDX-License-Identifier: Apache-2.0 */
/* Answers and notifications, as JSON, to the client. */
#include "base/uri.h"
#include "lsp/session.h"
#include "repo/tree.h"

static void
begin(struct session *s, struct answer *a)
{
	buf_init(&a->buf, &s->message);
	json_init(&a->json, &a->buf, false);
	json_object(&a->json);
	json_kv_cstr(&a->json, "jsonrpc", "2.0");
}

/* A request's own name for itself: a number or a string. */
static void
put_id(struct json *j, const struct ynode *id)
{
	json_key(j, "id");
	if (id && id->kind == Y_INT)
		json_i64(j, id->i);
	else if (id && id->kind == Y_STR)
		json_str(j, id->s);
	else
		json_null(j);
}

void
answer_begin(struct session *s, struct answer *a, const struct ynode *id)
{
	begin(s, a);
	put_id(&a->json, id);
	json_key(&a->json, "result");
}

void
notice_begin(struct session *s, struct answer *a, const char *method)
{
	begin(s, a);
	json_kv_cstr(&a->json, "method", method);
	json_key(&a->json, "params");
}

void
answer_send(struct session *s, struct answer *a)
{
	json_end_object(&a->json);
	buf_printf(&s->out->buf, "Content-Length: %zu\r\n\r\n", a->buf.n);
	buf_put(&s->out->buf, a->buf.p, a->buf.n);
	out_record(s->out);
}

void
answer_error(struct session *s, const struct ynode *id, enum rpc_error code,
    const char *text)
{
	struct answer a;

	begin(s, &a);
	put_id(&a.json, id);
	json_key(&a.json, "error");
	json_object(&a.json);
	json_key(&a.json, "code");
	json_i64(&a.json, code);
	json_kv_cstr(&a.json, "message", text);
	json_end_object(&a.json);
	answer_send(s, &a);
}

void
show_message(struct session *s, const char *text)
{
	struct answer a;

	notice_begin(s, &a, "window/showMessage");
	json_object(&a.json);
	json_kv_u64(&a.json, "type", 1);
	json_kv_cstr(&a.json, "message", text);
	json_end_object(&a.json);
	answer_send(s, &a);
}

/* The URI of the file NAME, as the client has it if it is open there. */
static const char *
uri_of(struct session *s, const char *name)
{
	const struct text *open = texts_of_path(&s->texts, name);

	if (open)
		return open->uri;
	return uri_of_file(&s->message,
	    tree_join(&s->message, s->root, str_of(name)));
}

void
json_location(struct session *s, struct json *j, struct span at)
{
	const struct source *source = &s->unit.sources.v.v[at.source - 1];

	json_object(j);
	json_kv_cstr(j, "uri", uri_of(s, source->name));
	json_key(j, "range");
	position_json_range(j, source->text, at.start, at.end, s->utf8);
	json_end_object(j);
}

void
json_text_edit(struct json *j, struct str text, struct span at, struct str by,
    bool utf8)
{
	json_object(j);
	json_key(j, "range");
	position_json_range(j, text, at.start, at.end, utf8);
	json_kv_str(j, "newText", by);
	json_end_object(j);
}
