/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "record/record.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

#define HEAD "{\"ID\":1,\"identity\":4711,\"cluster_name\":\"c\","
#define NS HEAD "\"namespace\":\"shop\","
#define WEB "\"labels\":[\"k8s:app=web\",\"k8s:b\"]"
#define DB "\"labels\":[\"k8s:app=db\"]"

/* Ends that begin alike, but for one thing. */
static const char *const ends[] = {
    NS WEB ",\"pod_name\":\"web-0\"}",
    NS WEB ",\"pod_name\":\"web-1\",\"workloads\":[{\"name\":\"web\"}]}",
    NS WEB "}",
    NS DB ",\"pod_name\":\"db-0\"}",
    NS "\"labels\":[\"k8s:app=web\",\"k8s:b\",\"k8s:c\"]}",
    NS "\"labels\":[]}",
    NS "\"labels\":null}",
    NS "\"labels\":[[\"k8s:app=web\"],{}]}",
    NS "\"labels\" : [\"k8s:app=web\",\"k8s:b\"] , \"pod_name\" : \"w\"}",
    NS WEB "," DB ",\"pod_name\":\"both\"}",
    NS WEB ",\"identity\":12,\"namespace\":\"later\"}",
    NS "\"pod_name\":\"early\"," WEB "}",
    NS "\"pod_name\":\"early\"," WEB ",\"pod_name\":\"late\"}",
    NS "\"pod_name\":\"\"," WEB "}",
    NS "\"workloads\":[{\"name\":\"w\",\"kind\":\"Job\"}]," WEB "}",
    HEAD WEB ",\"namespace\":\"shop\",\"pod_name\":\"web-0\"}",
    HEAD "\"namespace\":\"\"," WEB "}",
    HEAD "\"namespace\":\"sh\\u006fp\"," WEB "}",
    HEAD "\"namespace\":7," WEB "}",
    HEAD "\"namespace\":\"one\",\"namespace\":\"two\"," WEB "}",
    "{\"ID\":1,\"identity\":\"4711\",\"cluster_name\":\"c\"," WEB "}",
    "{\"ID\":1,\"identity\":99999999999,\"cluster_name\":\"c\"," WEB "}",
    "{" WEB "," HEAD "\"x\":1}}",
    "{" WEB ",\"identity\":4711,\"namespace\":\"shop\"}",
    NS "\"labels\":[\"k8s:app=web\"",
    "null",
    "[1]",
};

static struct str
line_of(struct arena *a, const char *from, const char *to)
{
	return str_of(arena_printf(a,
	    "{\"flow\":{\"source\":%s,\"destination\":%s,\"verdict\":"
	    "\"FORWARDED\",\"l4\":{\"TCP\":{\"destination_port\":80}},"
	    "\"Type\":\"L3_L4\",\"node_name\":\"a-node-with-a-long-name\","
	    "\"Summary\":\"so that much follows the destination, which is "
	    "where no head can be and no reader may go on reading ...\"}}",
	    from, to));
}

static void
put_end(struct buf *out, const struct record_end *e)
{
	buf_printf(out, "%u " STR_FMT "%d " STR_FMT "%d ", e->identity,
	    STR_ARG(e->ns), !!e->ns.s, STR_ARG(e->pod), !!e->pod.s);
	if (e->labels)
		buf_str(out, e->labels->text);
	VEC_FOREACH (w, &e->workloads)
		buf_printf(out, " " STR_FMT "/" STR_FMT, STR_ARG(w->kind),
		    STR_ARG(w->name));
	buf_putc(out, '\n');
}

/* All that READER finds in the line of two ends. */
static struct str
read_ends(struct arena *a, struct record_reader *reader, const char *from,
    const char *to)
{
	struct record r;
	struct buf out;

	buf_init(&out, a);
	record_read(&r, reader, line_of(a, from, to));
	buf_printf(&out, "%d %u %u\n", r.kind, r.proto, r.port);
	put_end(&out, &r.from);
	put_end(&out, &r.to);
	return buf_as_str(&out);
}

/* What a reader has met before makes no difference. */
static void
test_met_before(void **state)
{
	struct arena a = {0};
	struct record_reader warm;

	record_reader_init(&warm, &a, &a);
	for (size_t i = 0; i < COUNT(ends); i++) {
		for (size_t k = 0; k < COUNT(ends); k++) {
			struct arena own = {0};
			struct record_reader cold;
			struct str got, expected;

			record_reader_init(&cold, &own, &own);
			expected = read_ends(&own, &cold, ends[i], ends[k]);
			got = read_ends(&own, &warm, ends[i], ends[k]);
			assert_string_equal(got.s, expected.s);
			arena_free(&own);
		}
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_met_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
