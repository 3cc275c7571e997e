/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program told, with the names that the bundle has for it.
 */
#include "report/monitor.h"

#include <string.h>

#include <arpa/inet.h>

#include "base/json.h"
#include "cilium/proto.h"
#include "report/entry.h"
#include "report/identity.h"

/* The address of the other end, or "" where the frame says nothing of it. */
static const char *
peer_address(struct arena *a, const struct cnpc_event *e)
{
	struct ip ip = {.family = (uint8_t)e->family};
	char text[CIDR_STRLEN];

	if (e->family == 0)
		return "";
	memcpy(ip.addr, e->egress ? e->destination : e->source,
	    sizeof(ip.addr));
	ip_print(&ip, text);
	return arena_dup(a, text, strlen(text));
}

static const char *
endpoint_name(struct arena *a, const struct monitored *m)
{
	return m->endpoint ? m->endpoint
			   : arena_printf(a, "device %u", m->event->endpoint);
}

/* "10.0.0.1, 257 (any:app=web)"; what is not known is left out. */
static const char *
peer(struct arena *a, const struct bundle_content *b, const struct monitored *m)
{
	const char *address = peer_address(a, m->event);

	if (!*address)
		return "-";
	if (m->event->remote == 0 || !m->known)
		return address;
	return arena_printf(a, "%s, %s", address,
	    identity_words(a, b, m->event->remote));
}

static const char *
port(struct arena *a, const struct cnpc_event *e)
{
	const char *proto = entry_proto(a, (uint8_t)e->proto);

	if (e->family == 0)
		return "-";
	if (proto_is_icmp((uint8_t)e->proto))
		return arena_printf(a, "%s type %u", proto,
		    ntohs((uint16_t)e->port));
	if (!proto_has_ports((uint8_t)e->proto))
		return proto;
	return arena_printf(a, "%u/%s", ntohs((uint16_t)e->port), proto);
}

void
monitor_put_text(struct buf *out, struct arena *a,
    const struct bundle_content *b, const struct monitored *m)
{
	const struct cnpc_event *e = m->event;
	const char *own = endpoint_name(a, m), *other = peer(a, b, m);

	buf_printf(out, "%s  %s -> %s  %s  %s",
	    direction_name((enum direction)e->egress), e->egress ? own : other,
	    e->egress ? other : own, port(a, e),
	    verdict_name((uint8_t)e->reason));
	if (m->rule)
		buf_printf(out, "  " STR_FMT ":%u", STR_ARG(m->rule->file),
		    m->rule->line);
	if (!m->known)
		buf_printf(out, "  (generation %u)", e->generation);
	buf_putc(out, '\n');
}

static void
put_rule(struct json *j, const struct bundle_rule *r)
{
	json_key(j, "rule");
	json_object(j);
	json_kv_str(j, "kind", r->kind);
	if (r->ns.n > 0)
		json_kv_str(j, "namespace", r->ns);
	json_kv_str(j, "name", r->name);
	json_kv_str(j, "file", r->file);
	json_kv_u64(j, "line", r->line);
	json_kv_u64(j, "column", r->col);
	json_end_object(j);
}

static void
put_peer(struct json *j, struct arena *a, const struct bundle_content *b,
    const struct monitored *m)
{
	const struct cnpc_event *e = m->event;
	const struct bundle_identity *known =
	    m->known ? bundle_find_identity(b, e->remote) : NULL;

	json_key(j, "peer");
	json_object(j);
	json_kv_cstr(j, "address", peer_address(a, e));
	if (e->remote)
		json_kv_u64(j, "identity", e->remote);
	if (known) {
		json_key(j, "labels");
		json_array(j);
		for (uint32_t i = 0; i < known->labels->seq.n; i++)
			json_str(j, known->labels->seq.v[i]->s);
		json_end_array(j);
	}
	json_end_object(j);
}

void
monitor_put_json(struct buf *out, struct arena *a,
    const struct bundle_content *b, const struct monitored *m)
{
	const struct cnpc_event *e = m->event;
	struct json j;

	json_init(&j, out, false);
	json_document(&j, "cnpc-monitor-line", 1);
	json_kv_u64(&j, "generation", e->generation);
	json_kv_cstr(&j, "direction",
	    direction_name((enum direction)e->egress));
	if (m->endpoint)
		json_kv_cstr(&j, "endpoint", m->endpoint);
	json_kv_u64(&j, "ifindex", e->endpoint);
	if (e->family) {
		put_peer(&j, a, b, m);
		json_kv_u64(&j, "protocol", e->proto);
		json_kv_u64(&j, "port", ntohs((uint16_t)e->port));
		json_kv_u64(&j, "source_port", ntohs(e->sport));
	}
	json_kv_cstr(&j, "verdict",
	    e->reason >= CNPC_DROPPED          ? "dropped"
		: e->reason == CNPC_REDIRECTED ? "redirected"
					       : "allowed");
	json_kv_u64(&j, "reason", e->reason);
	json_kv_cstr(&j, "why", verdict_name((uint8_t)e->reason));
	if (m->rule)
		put_rule(&j, m->rule);
	json_end_object(&j);
	buf_putc(out, '\n');
}
