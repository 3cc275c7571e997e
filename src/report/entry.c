/* SPDX-License-Identifier: Apache-2.0 */
#include "report/entry.h"

#include <string.h>

#include "ir/ir.h"

enum {
	AUTH_EXPLICIT = 0x80, /* a rule says so; else taken over from one */
};

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
	const char *name = ir_proto_name(proto);
	char *upper;

	if (proto == 0)
		return "any";
	if (!name)
		return arena_printf(a, "protocol %u", proto);
	upper = arena_dup(a, name, strlen(name));
	for (char *p = upper; *p; p++) {
		if (*p >= 'a' && *p <= 'z' && strcmp(p, "v6") != 0)
			*p = (char)(*p - 'a' + 'A');
	}
	return upper;
}

const char *
entry_auth(uint8_t auth)
{
	bool explicit = auth & AUTH_EXPLICIT;

	switch (auth & ~AUTH_EXPLICIT) {
	case 0:
		return explicit ? "disabled" : "";
	case 1:
		return explicit ? "spire" : "spire(derived)";
	case 2:
		return explicit ? "test-always-fail"
				: "test-always-fail(derived)";
	}
	return "unknown";
}

const char *
entry_verdict(struct arena *a, const struct pmaps *m,
    const struct pmap_value *v)
{
	const char *auth = entry_auth(v->auth);

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
