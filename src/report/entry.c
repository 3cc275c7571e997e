/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for what a map entry holds.
 */
#include "report/entry.h"

#include "cilium/auth.h"
#include "cilium/proto.h"

void
ports_add(struct port_ranges *r, struct arena *a, uint16_t port, uint8_t bits)
{
	uint16_t last = (uint16_t)(port | (0xffffU >> bits));
	struct port_range *end = r->v.n > 0 ? &r->v.v[r->v.n - 1] : NULL;

	if (!end || port > end->last + 1U)
		*vec_push(&r->v, a) = (struct port_range){port, last};
	else if (last > end->last)
		end->last = last;
}

void
ports_put(struct buf *out, const struct port_range *range, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct port_range *p = &range[i];

		if (i > 0)
			buf_putc(out, ',');
		if (p->first == 0 && p->last == UINT16_MAX)
			buf_puts(out, "any");
		else if (p->first == p->last)
			buf_printf(out, "%u", p->first);
		else
			buf_printf(out, "%u-%u", p->first, p->last);
	}
}

const char *
entry_proto(struct arena *a, uint8_t proto)
{
	const char *title = proto_title(proto);

	return title ? title : arena_printf(a, "protocol %u", proto);
}

const char *
entry_verdict(struct arena *a, const struct pmaps *m,
    const struct pmap_value *v)
{
	const char *auth = auth_print(v->auth);

	if (v->deny)
		return "deny";
	return arena_printf(a, "%s" STR_FMT "%s%s",
	    v->redirect != 0 ? "redirect " : "allow",
	    STR_ARG(m->redirects.v[v->redirect].name), *auth ? ", auth " : "",
	    auth);
}

uint32_t
entry_level(uint32_t precedence)
{
	return 0xffffff - (precedence >> 8);
}

const char *
entry_ports(struct arena *a, const struct policy_record *r)
{
	const char *proto = entry_proto(a, r->proto);
	unsigned last = r->port + (UINT16_MAX >> r->port_bits);

	if (r->port_bits == 0)
		return proto;
	if (r->port_bits == 16)
		return arena_printf(a, "%u/%s", r->port, proto);
	return arena_printf(a, "%u-%u/%s", r->port, last, proto);
}

const char *
entry_value(struct arena *a, const struct policy_record *r)
{
	struct buf text;

	buf_init(&text, a);
	buf_puts(&text, r->deny ? "deny" : "allow");
	if (r->proxy_port)
		buf_printf(&text, ", proxy %u", r->proxy_port);
	if (r->auth)
		buf_printf(&text, ", auth %#x", r->auth);
	buf_printf(&text, ", precedence %#x", r->precedence);
	return buf_as_str(&text).s;
}
