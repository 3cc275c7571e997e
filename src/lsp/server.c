/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop: messages in, each to the function that its method names, and a
 * compilation once no more have come.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/uri.h"
#include "lsp/session.h"
#include "yaml/yaml_read.h"

/* JSON of a message; what is in one text counts as one node. */
static const struct ylimits limits = {
    .bytes = WIRE_MESSAGE_MAX,
    .depth = JSON_DEPTH,
    .documents = 1,
    .nodes = 1000000,
};

/* ---- notifications ---- */

typedef void notice_fn(struct session *s, const struct ynode *params);

static void
on_open(struct session *s, const struct ynode *params)
{
	const struct ynode *document = ynode_get(params, "textDocument");
	uint32_t version = 0;

	get_u32(document, "version", &version);
	texts_open(&s->texts, get_text(document, "uri"), s->root, version,
	    get_text(document, "text"));
	s->stale = true;
}

/* One change of TEXT: of a range, or of all of it. */
static void
change(struct session *s, struct text *text, const struct ynode *by)
{
	const struct ynode *range = ynode_get(by, "range");
	uint32_t start = 0, end = (uint32_t)text->text.n;
	struct position from, to;

	if (get_position(range, "start", &from) &&
	    get_position(range, "end", &to)) {
		start = position_offset(text->text, from, s->utf8);
		end = position_offset(text->text, to, s->utf8);
	}
	if (start > end || end - start > text->text.n)
		end = start;
	text_edit(text, start, end, get_text(by, "text"));
}

static void
on_change(struct session *s, const struct ynode *params)
{
	const struct ynode *document = ynode_get(params, "textDocument");
	const struct ynode *changes = ynode_get(params, "contentChanges");
	struct text *text = text_of_params(s, params);
	uint32_t version;

	if (!text || !changes || changes->kind != Y_SEQ)
		return;
	for (uint32_t i = 0; i < changes->seq.n; i++)
		change(s, text, changes->seq.v[i]);
	if (get_u32(document, "version", &version))
		text->version = version;
	s->stale = true;
}

/* Reads the configuration anew. */
static void
configure(struct session *s)
{
	const char *why;

	if (!s->host->configure(s->host->arg, &s->settings, &why))
		show_message(s, why);
}

static void
on_save(struct session *s, const struct ynode *params)
{
	configure(s);
	s->stale = true;
}

static void
on_close(struct session *s, const struct ynode *params)
{
	struct text *text = text_of_params(s, params);
	struct answer a;

	if (!text)
		return;
	notice_begin(s, &a, "textDocument/publishDiagnostics");
	json_object(&a.json);
	json_kv_cstr(&a.json, "uri", text->uri);
	json_key(&a.json, "diagnostics");
	json_array(&a.json);
	json_end_array(&a.json);
	json_end_object(&a.json);
	answer_send(s, &a);
	texts_close(&s->texts, text);
	s->stale = true;
}

static void
on_exit_notice(struct session *s, const struct ynode *params)
{
	s->end = s->phase == PHASE_SHUT ? LSP_ENDED : LSP_LEFT;
	s->phase = PHASE_OVER;
}

static const struct {
	const char *method;
	notice_fn *run;
	bool any_phase;
} notices[] = {
    {"textDocument/didOpen", on_open, false},
    {"textDocument/didChange", on_change, false},
    {"textDocument/didSave", on_save, false},
    {"textDocument/didClose", on_close, false},
    {"workspace/didChangeWatchedFiles", on_save, false},
    {"exit", on_exit_notice, true},
};

/* ---- the beginning and the end ---- */

/* Whether the client takes characters that are bytes. */
static bool
takes_utf8(const struct ynode *params)
{
	const struct ynode *n = ynode_get(params, "capabilities");

	n = n ? ynode_get(n, "general") : NULL;
	n = n ? ynode_get(n, "positionEncodings") : NULL;
	for (uint32_t i = 0; n && n->kind == Y_SEQ && i < n->seq.n; i++) {
		const struct ynode *encoding = n->seq.v[i];

		if (encoding->kind == Y_STR && str_is(encoding->s, "utf-8"))
			return true;
	}
	return false;
}

/* The folder that is open, if the client names one. */
static const char *
root_of(struct session *s, const struct ynode *params)
{
	const struct ynode *folders = ynode_get(params, "workspaceFolders");
	struct str uri = get_text(params, "rootUri");

	if (folders && folders->kind == Y_SEQ && folders->seq.n > 0)
		uri = get_text(folders->seq.v[0], "uri");
	return uri_file(&s->message, uri);
}

static void
enter_root(struct session *s, const char *root)
{
	char *cwd;

	if (root && chdir(root) < 0)
		show_message(s,
		    arena_printf(&s->message, "cannot enter %s: %s", root,
			strerrordesc_np(errno)));
	cwd = getcwd(NULL, 0);
	s->root = cwd ? arena_dup(&s->arena, cwd, strlen(cwd)) : "/";
	free(cwd);
	if (root)
		configure(s);
}

/* What the server can do. */
static void
put_capabilities(const struct session *s, struct json *j)
{
	json_object(j);
	json_kv_cstr(j, "positionEncoding", s->utf8 ? "utf-8" : "utf-16");
	json_key(j, "textDocumentSync");
	json_object(j);
	json_kv_bool(j, "openClose", true);
	json_kv_u64(j, "change", 2);
	json_kv_bool(j, "save", true);
	json_end_object(j);
	json_key(j, "completionProvider");
	json_object(j);
	json_end_object(j);
	json_key(j, "codeActionProvider");
	json_object(j);
	json_key(j, "codeActionKinds");
	json_array(j);
	json_cstr(j, "quickfix");
	json_end_array(j);
	json_end_object(j);
	json_kv_bool(j, "definitionProvider", true);
	json_kv_bool(j, "hoverProvider", true);
	json_end_object(j);
}

static void
request_initialize(struct session *s, const struct ynode *params,
    struct json *j)
{
	s->utf8 = takes_utf8(params);
	enter_root(s, root_of(s, params));
	s->phase = PHASE_OPEN;
	json_object(j);
	json_key(j, "serverInfo");
	json_object(j);
	json_kv_cstr(j, "name", "cnpc");
	json_kv_cstr(j, "version", s->host->version);
	json_end_object(j);
	json_key(j, "capabilities");
	put_capabilities(s, j);
	json_end_object(j);
}

static void
request_shutdown(struct session *s, const struct ynode *params,
    struct json *result)
{
	s->phase = PHASE_SHUT;
	json_null(result);
}

/* ---- requests ---- */

static const struct {
	const char *method;
	request_fn *run;
	enum phase phase; /* in which it may come */
} requests[] = {
    {"initialize", request_initialize, PHASE_NEW},
    {"shutdown", request_shutdown, PHASE_OPEN},
    {"textDocument/codeAction", request_actions, PHASE_OPEN},
    {"textDocument/completion", request_complete, PHASE_OPEN},
    {"textDocument/definition", request_definition, PHASE_OPEN},
    {"textDocument/hover", request_hover, PHASE_OPEN},
};

static void
answer_request(struct session *s, struct str method, const struct ynode *id,
    const struct ynode *params)
{
	struct answer a;

	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		if (!str_is(method, requests[i].method))
			continue;
		if (s->phase != requests[i].phase)
			break;
		/* It is about what the client has sent. */
		session_refresh(s);
		answer_begin(s, &a, id);
		requests[i].run(s, params, &a.json);
		answer_send(s, &a);
		return;
	}
	if (s->phase == PHASE_NEW)
		answer_error(s, id, RPC_NOT_INITIALIZED, "not initialized");
	else if (s->phase == PHASE_SHUT || str_is(method, "initialize"))
		answer_error(s, id, RPC_INVALID_REQUEST, "not now");
	else
		answer_error(s, id, RPC_METHOD_NOT_FOUND, "no such method");
}

static void
take_notice(struct session *s, struct str method, const struct ynode *params)
{
	for (size_t i = 0; i < sizeof(notices) / sizeof(*notices); i++) {
		if (str_is(method, notices[i].method) &&
		    (notices[i].any_phase || s->phase == PHASE_OPEN))
			notices[i].run(s, params);
	}
}

static void
take_message(struct session *s, struct str body)
{
	static const struct ynode nothing = {.kind = Y_NULL};
	const struct ynode *message, *id, *params;
	struct diag_sink sink;
	struct str method;

	diag_sink_init(&sink, &s->message);
	message = json_read(&s->message, &sink, body, 1, 0, &limits);
	if (!message) {
		answer_error(s, NULL, RPC_PARSE_ERROR,
		    sink.v.n > 0 ? sink.v.v[0]->text : "no JSON");
		return;
	}
	method = get_text(message, "method");
	id = ynode_get(message, "id");
	params = ynode_get(message, "params");
	params = params ? params : &nothing;
	if (method.n > 0 && id)
		answer_request(s, method, id, params);
	else if (method.n > 0)
		take_notice(s, method, params);
	else if (!ynode_get(message, "result") && !ynode_get(message, "error"))
		answer_error(s, id, RPC_INVALID_REQUEST, "no method");
}

static void
take_next(struct session *s, struct wire *wire)
{
	struct str body;

	switch (wire_read(wire, &s->message, &body)) {
	case WIRE_MESSAGE:
		take_message(s, body);
		return;
	case WIRE_MALFORMED:
		answer_error(s, NULL, RPC_PARSE_ERROR, body.s);
		return;
	case WIRE_END:
		s->phase = PHASE_OVER;
		return;
	}
}

enum lsp_end
lsp_serve(const struct lsp_host *host, const struct lsp_settings *start, int in,
    struct out *out)
{
	struct session s = {.host = host,
	    .settings = *start,
	    .out = out,
	    .end = LSP_LEFT};
	struct wire *wire = ARENA_NEW(&s.arena, struct wire);

	wire_init(wire, in);
	out_stream(out);
	while (s.phase != PHASE_OVER && out->error == 0) {
		take_next(&s, wire);
		if (s.phase == PHASE_OPEN && !wire_has_more(wire))
			session_refresh(&s);
		arena_reset(&s.message);
	}
	if (s.compiled)
		unit_free(&s.unit);
	kept_free(&s.kept);
	texts_free(&s.texts);
	arena_free(&s.inputs);
	arena_free(&s.message);
	arena_free(&s.arena);
	return s.end;
}
