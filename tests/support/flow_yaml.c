/* SPDX-License-Identifier: Apache-2.0 */
/* Trees on one line. */
#include "flow_yaml.h"

#include <assert.h>

#include "yaml/yaml_read.h"

const struct ynode *
flow_read(struct arena *a, const char *text)
{
	struct diag_sink sink;
	struct ydocs docs;

	diag_sink_init(&sink, a);
	yaml_read(a, &sink, str_of(text), 1, &ylimits_default, &docs);
	assert(docs.v.n == 1 && sink.v.n == 0);
	return docs.v.v[0];
}

static void
put(struct buf *out, const struct ynode *n)
{
	switch (n->kind) {
	case Y_NULL:
		buf_puts(out, "null");
		return;
	case Y_BOOL:
		buf_puts(out, n->b ? "true" : "false");
		return;
	case Y_INT:
		buf_printf(out, "%lld", (long long)n->i);
		return;
	case Y_FLOAT:
		buf_printf(out, "%g", n->f);
		return;
	case Y_STR:
		buf_printf(out, "\"" STR_FMT "\"", STR_ARG(n->s));
		return;
	case Y_SEQ:
		buf_putc(out, '[');
		for (uint32_t i = 0; i < n->seq.n; i++) {
			buf_puts(out, i > 0 ? ", " : "");
			put(out, n->seq.v[i]);
		}
		buf_putc(out, ']');
		return;
	case Y_MAP:
		buf_putc(out, '{');
		for (uint32_t i = 0; i < n->map.n; i++) {
			buf_printf(out, "%s" STR_FMT ": ", i > 0 ? ", " : "",
			    STR_ARG(n->map.v[i].key));
			put(out, n->map.v[i].value);
		}
		buf_putc(out, '}');
		return;
	}
}

const char *
flow_print(struct arena *a, const struct ynode *n)
{
	struct buf b;

	if (!n)
		return "(none)";
	buf_init(&b, a);
	put(&b, n);
	return buf_as_str(&b).s;
}
