/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule asks for, what the connection has, and what to write.
 */
#include "flow/near_text.h"

#include "cilium/labels.h"
#include "cilium/proto.h"
#include "diag/printable.h"
#include "ir/rule_json.h"

static const char *
safe(struct arena *a, struct str text)
{
	struct buf b;

	buf_init(&b, a);
	printable_put(&b, text, SIZE_MAX);
	buf_putc(&b, '\0');
	return b.p;
}

static const char *
atom_text(struct arena *a, const struct world *w, atom_t atom)
{
	return safe(a, atom_str(w->ir->atoms, atom));
}

/* "a", "a or b", "a, b or c": what is asked for. */
static const char *
values_text(struct arena *a, const struct world *w, const struct ir_req *q)
{
	struct buf b;

	buf_init(&b, a);
	for (uint32_t i = 0; i < q->nvalues; i++) {
		if (i > 0)
			buf_puts(&b, i + 1 < q->nvalues ? ", " : " or ");
		buf_puts(&b, atom_text(a, w, q->values[i]));
	}
	buf_putc(&b, '\0');
	return b.p;
}

static const char *
label_text(struct arena *a, const struct world *w, const struct near_rule *n)
{
	const char *key = atom_text(a, w, n->req->key);
	const char *has = n->label ? atom_text(a, w, n->label->value) : NULL;

	switch (n->req->op) {
	case IR_EQUALS:
	case IR_IN:
		return arena_printf(a,
		    "the label %s: it means %s, the peer %s%s", key,
		    values_text(a, w, n->req), has ? "has " : "has none",
		    has ? has : "");
	case IR_EXISTS:
		return arena_printf(a, "the label %s, which the peer lacks",
		    key);
	case IR_NOT_IN:
	case IR_NOT_EXISTS:
		return arena_printf(a, "the label %s, which is not to be %s",
		    key, has && n->req->op == IR_NOT_IN ? has : "there");
	}
	return key;
}

static const char *
port_text(struct arena *a, const struct world *w, const struct ir_port *p)
{
	const char *proto = proto_name(p->proto);

	if (!proto)
		proto = arena_printf(a, "protocol %u", p->proto);
	if (!atom_eq(p->name, w->ir->word.empty))
		return arena_printf(a, "\"%s\"/%s", atom_text(a, w, p->name),
		    proto);
	if (p->end > p->port)
		return arena_printf(a, "%u-%u/%s", p->port, p->end, proto);
	return arena_printf(a, "%u/%s", p->port, proto);
}

const char *
near_text(struct arena *a, const struct world *w, const struct near_rule *n)
{
	switch (n->condition) {
	case NEAR_NONE:
		return NULL;
	case NEAR_NAMESPACE:
		return arena_printf(a, "the namespace: it means %s, %s%s",
		    values_text(a, w, n->req),
		    n->label ? "the peer is in " : "the peer is in none",
		    n->label ? atom_text(a, w, n->label->value) : "");
	case NEAR_LABEL:
		return label_text(a, w, n);
	case NEAR_PROTOCOL:
		return arena_printf(a, "the protocol: it has %s",
		    port_text(a, w, n->port));
	case NEAR_PORT:
		return arena_printf(a, "the port: it has %s",
		    port_text(a, w, n->port));
	}
	return NULL;
}

const char *
near_instead(struct arena *a, const struct world *w, const struct near_rule *n)
{
	const struct object *policy = n->rule->policy->object;
	const char *ns;

	if (n->condition != NEAR_NAMESPACE || !n->label)
		return NULL;
	ns = atom_text(a, w, n->label->value);
	if (policy->kind == AST_CILIUM_NETWORK_POLICY ||
	    policy->kind == AST_CILIUM_CLUSTERWIDE_NETWORK_POLICY)
		return arena_printf(a, LABEL_NAMESPACE ": %s", ns);
	return arena_printf(a,
	    "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "
	    "%s}}",
	    ns);
}

const char *
near_condition_name(enum near_condition c)
{
	static const char *const names[] = {
	    [NEAR_NONE] = "none",
	    [NEAR_NAMESPACE] = "namespace",
	    [NEAR_PROTOCOL] = "protocol",
	    [NEAR_LABEL] = "label",
	    [NEAR_PORT] = "port",
	};

	return names[c];
}

struct span
near_at(const struct near_rule *n)
{
	switch (n->condition) {
	case NEAR_NONE:
		break;
	case NEAR_NAMESPACE:
	case NEAR_LABEL:
		return n->peer->at;
	case NEAR_PROTOCOL:
	case NEAR_PORT:
		return n->port->at;
	}
	return (struct span){0};
}

void
near_json(struct json *j, struct arena *a, struct source_set *set,
    const struct world *w, const struct near_rule *n)
{
	if (n->condition == NEAR_NONE)
		return;
	json_key(j, "near_miss");
	json_object(j);
	rule_json(j, set, n->rule, near_at(n));
	json_kv_cstr(j, "condition", near_condition_name(n->condition));
	json_kv_cstr(j, "text", near_text(a, w, n));
	json_end_object(j);
}
