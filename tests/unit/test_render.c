/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "diag/render.h"
#include "diag_gen.h"

static const struct span nowhere = {0};

/* What was put out, with an F for each fingerprint, which comes after HEAD. */
static const char *
masked(const struct buf *out, const char *head)
{
	const char *p = out->p, *at;
	struct buf b;

	buf_init(&b, out->arena);
	while ((at = strstr(p, head))) {
		at += strlen(head);
		buf_put(&b, p, (size_t)(at - p));
		buf_putc(&b, 'F');
		p = at + strcspn(at, "\"");
	}
	buf_puts(&b, p);
	return b.p;
}

/* Everything that a rendering needs, in an arena of its own. */
struct fixture {
	struct arena a;
	struct source_set set;
	struct diag_sink sink;
	struct buf out;
	struct json json;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	char here[PATH_MAX];

	/* No repository: names are those below the current directory. */
	assert_non_null(getcwd(here, sizeof(here)));
	*strrchr(here, '/') = '\0';
	setenv("GIT_CEILING_DIRECTORIES", here, true);

	source_set_init(&f->set, &f->a);
	diag_sink_init(&f->sink, &f->a);
	buf_init(&f->out, &f->a);
	json_init(&f->json, &f->out, false);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(&f->a);
	test_free(f);
	return 0;
}

/* What is shown of one NUL-byte error from START to END in TEXT. */
static const char *
text_of(struct fixture *f, struct str text, uint32_t start, uint32_t end)
{
	uint32_t n = source_add(&f->set, "t.yaml", text);

	diag_sink_init(&f->sink, &f->a);
	buf_init(&f->out, &f->a);
	diag_nul_byte(&f->sink, (struct span){n, start, end});
	diag_render_text(&f->out, &f->set, &f->sink, false);
	return buf_as_str(&f->out).s;
}

static void
test_text(void **state)
{
	static const struct {
		struct str text;
		uint32_t start, end;
		const char *place, *shown; /* after the file name; the rest */
	} cases[] = {
	    {STR("spec:\n  - from: x\n"), 10, 14, "2:5",
		"    2 |   - from: x\n"
		"      |     ^~~~\n"},
	    {STR("abc"), 0, 1, "1:1",
		"    1 | abc\n"
		"      | ^\n"},
	    /* no length; the end of a line, of the text, of an empty text */
	    {STR("abc"), 1, 1, "1:2",
		"    1 | abc\n"
		"      |  ^\n"},
	    {STR("abc\nd"), 3, 4, "1:4",
		"    1 | abc\n"
		"      |    ^\n"},
	    {STR("abc\n"), 4, 4, "2:1",
		"    2 | \n"
		"      | ^\n"},
	    {STR(""), 0, 0, "1:1",
		"    1 | \n"
		"      | ^\n"},
	    /* after the text */
	    {STR("abc"), 70, 90, "1:4",
		"    1 | abc\n"
		"      |    ^\n"},
	    /* several lines: the first is marked */
	    {STR("a: b\nc: d\n"), 3, 9, "1:4",
		"    1 | a: b\n"
		"      |    ^\n"},
	    {STR("a: bcd\r\nc: d\r\n"), 3, 12, "1:4",
		"    1 | a: bcd\n"
		"      |    ^~~\n"},
	    /* tabs, before and under the mark */
	    {STR("\ta:\tb"), 4, 5, "1:5",
		"    1 |         a:      b\n"
		"      |                 ^\n"},
	    {STR("a\tb c"), 0, 3, "1:1",
		"    1 | a       b c\n"
		"      | ^~~~~~~~~\n"},
	    /* more bytes than characters, and more columns than bytes */
	    {STR("\xc3\xa9\xe2\x82\xac: \xe2\x82\xac\xe2\x82\xac."), 7, 13,
		"1:5",
		"    1 | \xc3\xa9\xe2\x82\xac: \xe2\x82\xac\xe2\x82\xac.\n"
		"      |     ^~\n"},
	    {STR("a\0b\x1b[2Jc"), 1, 2, "1:2",
		"    1 | a\\x00b\\x1b[2Jc\n"
		"      |  ^~~~\n"},
	    {STR("a\x1b[2J\xff"), 5, 6, "1:6",
		"    1 | a\\x1b[2J\\xff\n"
		"      |         ^~~~\n"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *want = arena_printf(&f->a,
		    "t.yaml:%s: error: NUL byte in the text [CNP006]\n%s",
		    cases[i].place, cases[i].shown);

		assert_string_equal(text_of(f, cases[i].text, cases[i].start,
					cases[i].end),
		    want);
	}
}

/* The N-th line of TEXT, counted from 0. */
static struct str
nth_line(const char *text, unsigned n)
{
	for (; n > 0; n--)
		text = strchr(text, '\n') + 1;
	return (struct str){text, strcspn(text, "\n")};
}

static unsigned
count_chars(struct str s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += (s.s[i] & 0xc0) != 0x80;
	return n;
}

struct piece {
	const char *s;
	unsigned columns; /* that it takes; of a tab, at most */
};

/*
 * An X between pieces, BEFORE and AFTER of them: the line comes out short,
 * the X is in view, and the mark is under it.
 */
static void
check_long_line(struct fixture *f, struct piece piece, unsigned before,
    unsigned after)
{
	unsigned columns = (before + after) * piece.columns;
	struct str shown, mark;
	const char *rendered, *caret, *x;
	struct buf text;
	uint32_t start;

	buf_init(&text, &f->a);
	for (unsigned n = 0; n < before; n++)
		buf_puts(&text, piece.s);
	start = (uint32_t)text.n;
	buf_putc(&text, 'X');
	for (unsigned n = 0; n < after; n++)
		buf_puts(&text, piece.s);

	rendered = text_of(f, buf_as_str(&text), start, start + 1);
	shown = nth_line(rendered, 1);
	mark = nth_line(rendered, 2);
	x = memchr(shown.s, 'X', shown.n);
	caret = memchr(mark.s, '^', mark.n);
	assert_non_null(x);
	assert_non_null(caret);
	assert_ptr_equal(caret, mark.s + mark.n - 1);
	assert_int_equal(caret - mark.s,
	    count_chars((struct str){shown.s, (size_t)(x - shown.s)}));

	/* the gutter, the columns and what may hang over, the dots */
	assert_in_range(count_chars(shown), 9, 8 + 160 + 9 + 3);
	if (columns + 1 <= 160)
		assert_null(memmem(shown.s, shown.n, "...", 3));
	else if (columns > 160 + 8)
		assert_non_null(memmem(shown.s, shown.n, "...", 3));
}

static void
test_long_lines(void **state)
{
	static const struct piece pieces[] = {
	    {"a", 1},
	    {"\t", 8},
	    {"\xe2\x82\xac", 1},
	    {"\x1b", 4},
	    {"\x80", 4},
	    {"\xf0\x9f", 8},
	    {"\xe2\x80\xae", 6},
	    {"\xf3\xa0\x80\x81", 10},
	};
	static const unsigned counts[] = {0, 1, 15, 40, 61, 99, 150, 159, 160,
	    5000};
	const size_t n = sizeof(counts) / sizeof(counts[0]);
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		for (size_t k = 0; k < n * n; k++) {
			check_long_line(f, pieces[i], counts[k / n],
			    counts[k % n]);
			arena_reset(&f->a);
			source_set_init(&f->set, &f->a);
		}
	}
}

static void
test_cut_line(void **state)
{
	struct fixture *f = *state;
	char line[400];

	memset(line, '-', sizeof(line));
	memcpy(line + 200, "mark", 4);
	assert_string_equal(text_of(f, (struct str){line, sizeof(line)}, 200,
				204),
	    "t.yaml:1:201: error: NUL byte in the text [CNP006]\n"
	    "    1 | ...----------------------------------------------------"
	    "--------mark-----------------------------------------------------"
	    "----------------------------------------...\n"
	    "      |                                                        "
	    "        ^~~~\n");
}

/* A place inside a character, which nothing should report, does no harm. */
static void
test_inside_character(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	assert_string_equal(text_of(f, STR("\xe2\x82\xac."), 1, 2),
	    "t.yaml:1:2: error: NUL byte in the text [CNP006]\n"
	    "    1 | \xe2\x82\xac.\n"
	    "      | ^\n");
	buf_init(&text, &f->a);
	for (unsigned n = 0; n < 400; n++)
		buf_puts(&text, "\xe2\x82\xac");
	for (uint32_t i = 0; i <= text.n; i++) {
		const char *shown = text_of(f, buf_as_str(&text), i, i);

		assert_non_null(strstr(shown, "..."));
		assert_non_null(strstr(shown, "^\n"));
	}
}

/* Whatever the text, the name and the span: nothing steers a terminal. */
static void
test_any_text(void **state)
{
	static const char alphabet[] = "aaaa \t\n\r\x1b\x80\x9f\xc2\xe2\xf3";
	struct fixture *f = *state;
	uint32_t r = 1;

	for (unsigned round = 0; round < 5000; round++) {
		char text[600];
		uint32_t start, end;
		const char *shown;

		for (size_t i = 0; i < sizeof(text); i++) {
			r = r * 1664525 + 1013904223;
			text[i] = alphabet[(r >> 8) % sizeof(alphabet)];
		}
		start = (r >> 8) % 610;
		end = start + (r >> 20) % 200;
		shown = text_of(f, (struct str){text, (r >> 4) % sizeof(text)},
		    start, end);
		for (const char *p = shown; *p; p++) {
			if (*p != '\n')
				assert_in_range((unsigned char)*p, ' ', 0xff);
		}
		assert_ptr_equal(nth_line(shown, 3).s, shown + strlen(shown));
		diag_render_json(&f->json, &f->set, &f->sink);
		arena_reset(&f->a);
		source_set_init(&f->set, &f->a);
		buf_init(&f->out, &f->a);
		json_init(&f->json, &f->out, false);
	}
}

static void
test_line_numbers(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text, &f->a);
	buf_repeat(&text, '\n', 123455);
	buf_putc(&text, 'x');
	assert_string_equal(text_of(f, buf_as_str(&text), 123455, 123456),
	    "t.yaml:123456:1: error: NUL byte in the text [CNP006]\n"
	    "123456 | x\n"
	    "       | ^\n");
}

static void
test_notes_and_nowhere(void **state)
{
	struct fixture *f = *state;
	uint32_t n = source_add(&f->set, "a\nb.yaml", STR("x: 1\nx: 2\n"));
	struct diag *d;

	d = diag_too_large(&f->sink, nowhere, "big.yaml", 4096);
	diag_note(&f->sink, d, nowhere, "nowhere either");
	d = diag_duplicate_key(&f->sink, (struct span){n, 5, 6}, STR("x"));
	diag_note(&f->sink, d, (struct span){n, 0, 1}, "first defined here");
	diag_note(&f->sink, d, nowhere, "remove one");
	diag_render_text(&f->out, &f->set, &f->sink, false);
	assert_string_equal(f->out.p,
	    "cnpc: error: big.yaml is larger than 4096 bytes [CNP003]\n"
	    "cnpc: note: nowhere either\n"
	    "a\\nb.yaml:2:1: error: the key \"x\" appears twice in this object "
	    "[CNP012]\n"
	    "    2 | x: 2\n"
	    "      | ^\n"
	    "a\\nb.yaml:1:1: note: first defined here\n"
	    "a\\nb.yaml:2:1: note: remove one\n");
}

static void
test_color(void **state)
{
	static const char *const level[] = {
	    [DIAG_NOTE] = "\x1b[1;36mnote:",
	    [DIAG_STYLE] = "\x1b[1;36mstyle:",
	    [DIAG_WARNING] = "\x1b[1;35mwarning:",
	    [DIAG_ERROR] = "\x1b[1;31merror:",
	    [DIAG_UNSUPPORTED] = "\x1b[1;31munsupported:",
	};
	struct fixture *f = *state;
	uint32_t n = source_add(&f->set, "t", STR("abc"));
	struct diag *d = diag_nul_byte(&f->sink, (struct span){n, 0, 2});

	diag_note(&f->sink, d, nowhere, "why");
	diag_render_text(&f->out, &f->set, &f->sink, true);
	assert_string_equal(f->out.p,
	    "\x1b[1mt:1:1:\x1b[0m \x1b[1;31merror:\x1b[0m "
	    "NUL byte in the text [CNP006]\n"
	    "    1 | abc\n"
	    "      | \x1b[1;31m^~\x1b[0m\n"
	    "\x1b[1mt:1:1:\x1b[0m \x1b[1;36mnote:\x1b[0m why\n");

	for (size_t i = 0; i < sizeof(level) / sizeof(level[0]); i++) {
		d->level = (enum diag_level)i;
		buf_init(&f->out, &f->a);
		diag_render_text(&f->out, &f->set, &f->sink, true);
		assert_non_null(strstr(f->out.p, level[i]));
	}
}

#define PRINT "\"partialFingerprints\":{\"cnpcFinding/v1\":\"F\"}"
#define JSON_HEAD "{\"format\":\"cnpc-findings\",\"version\":1,\"findings\":["

static void
test_json(void **state)
{
	struct fixture *f = *state;
	uint32_t n = source_add(&f->set, "t.yaml", STR("x: 1\nx:\n  2\n"));
	struct diag *d;

	diag_too_large(&f->sink, nowhere, "big.yaml", 1);
	d = diag_duplicate_key(&f->sink, (struct span){n, 5, 11}, STR("x"));
	diag_note(&f->sink, d, (struct span){n, 0, 1}, "first \"here\"");
	diag_note(&f->sink, d, nowhere, "remove one");
	diag_render_json(&f->json, &f->set, &f->sink);
	assert_string_equal(masked(&f->out, "\"fingerprint\":\""),
	    JSON_HEAD
	    "{\"id\":\"CNP003\",\"name\":\"too-large\","
	    "\"level\":\"error\","
	    "\"text\":\"big.yaml is larger than 1 bytes\","
	    "\"fingerprint\":\"F\",\"notes\":[]},"
	    "{\"id\":\"CNP012\",\"name\":\"duplicate-key\","
	    "\"level\":\"error\","
	    "\"text\":\"the key \\\"x\\\" appears twice in this object\","
	    "\"file\":\"t.yaml\",\"line\":2,\"column\":1,"
	    "\"endLine\":3,\"endColumn\":4,"
	    "\"fingerprint\":\"F\",\"notes\":["
	    "{\"text\":\"first \\\"here\\\"\",\"file\":\"t.yaml\","
	    "\"line\":1,\"column\":1},{\"text\":\"remove one\"}]}]}");
}

/* What was reported last comes first when it belongs there. */
static void
test_sorted(void **state)
{
	struct fixture *f = *state;
	uint32_t n = source_add(&f->set, "t.yaml", STR("x: 1\nx: 2\n"));
	struct diag *place, *none;

	for (unsigned form = 0; form < 3; form++) {
		diag_sink_init(&f->sink, &f->a);
		json_init(&f->json, &f->out, false);
		place = diag_duplicate_key(&f->sink, (struct span){n, 5, 6},
		    STR("x"));
		none = diag_too_large(&f->sink, nowhere, "big.yaml", 1);
		if (form == 0)
			diag_render_text(&f->out, &f->set, &f->sink, false);
		else if (form == 1)
			diag_render_json(&f->json, &f->set, &f->sink);
		else
			diag_render_sarif(&f->json, &f->set, &f->sink, "1.2");
		assert_ptr_equal(f->sink.v.v[0], none);
		assert_ptr_equal(f->sink.v.v[1], place);
	}
}

static void
test_json_empty(void **state)
{
	struct fixture *f = *state;

	diag_render_json(&f->json, &f->set, &f->sink);
	assert_string_equal(f->out.p, JSON_HEAD "]}");
}

#define SARIF_HEAD                                                        \
	"{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\"," \
	"\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{"         \
	"\"name\":\"cnpc\",\"version\":\"1.2\",\"rules\":["
#define SARIF_MIDDLE "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":["
#define SARIF_TAIL "]}]}"

/* TEXT with its braces doubled, as SARIF wants them. */
static const char *
doubled(struct arena *a, const char *text)
{
	struct buf b;

	buf_init(&b, a);
	for (; *text; text++)
		buf_repeat(&b, *text, strchr("{}", *text) ? 2 : 1);
	return b.p;
}

static const char *
sarif_rule(struct fixture *f, unsigned id, const char *words)
{
	const struct diag_info *info = diag_lookup(id);
	struct buf b, c, help;
	struct json j;

	buf_init(&b, &f->a);
	json_init(&j, &b, false);
	json_cstr(&j, info->explain);
	buf_init(&help, &f->a);
	diag_render_explain(&help, info);
	buf_init(&c, &f->a);
	json_init(&j, &c, false);
	json_str(&j, buf_as_str(&help));
	return arena_printf(&f->a,
	    "{\"id\":\"CNP%03u\",\"name\":\"%s\","
	    "\"shortDescription\":{\"text\":\"%s\"},"
	    "\"fullDescription\":{\"text\":%s},"
	    "\"help\":{\"text\":%s},"
	    "\"defaultConfiguration\":{\"level\":\"error\"}}",
	    id, info->name, words, b.p, doubled(&f->a, c.p));
}

static void
test_sarif(void **state)
{
	struct fixture *f = *state;
	uint32_t n = source_add(&f->set, "a b/\xc3\xa9:1.yaml", STR("x\nxy\n"));
	struct span at = {n, 2, 4};
	struct diag *d;

	diag_too_large(&f->sink, nowhere, "big.yaml", 1);
	diag_nul_byte(&f->sink, at);
	d = diag_duplicate_key(&f->sink, at, STR("{0}"));
	diag_note(&f->sink, d, (struct span){n, 0, 1}, "first");
	diag_note(&f->sink, d, nowhere, "remove one");
	diag_render_sarif(&f->json, &f->set, &f->sink, "1.2");

#define REGION                                        \
	"\"physicalLocation\":{\"artifactLocation\":" \
	"{\"uri\":\"a%%20b/%%C3%%A9%%3A1.yaml\"},\"region\":{"
#define NUL_RESULT                                                     \
	"{\"ruleId\":\"CNP006\",\"ruleIndex\":1,\"level\":\"error\","  \
	"\"message\":{\"text\":\"NUL byte in the text\"}," PRINT ","   \
	"\"locations\":[{" REGION "\"startLine\":2,\"startColumn\":1," \
	"\"endLine\":2,\"endColumn\":3}}}]}"
	assert_string_equal(masked(&f->out, "\"cnpcFinding/v1\":\""),
	    arena_printf(&f->a,
		SARIF_HEAD
		"%s,%s,%s" SARIF_MIDDLE
		"{\"ruleId\":\"CNP003\",\"ruleIndex\":0,\"level\":\"error\","
		"\"message\":{\"text\":\"big.yaml is larger than 1 "
		"bytes\"}," PRINT "}," NUL_RESULT ","
		"{\"ruleId\":\"CNP012\",\"ruleIndex\":2,\"level\":\"error\","
		"\"message\":{\"text\":"
		"\"the key \\\"{{0}}\\\" appears twice in this object\"}," PRINT
		","
		"\"locations\":[{" REGION "\"startLine\":2,\"startColumn\":1,"
		"\"endLine\":2,\"endColumn\":3}}}],"
		"\"relatedLocations\":[{\"message\":{\"text\":\"first\"}"
		"," REGION "\"startLine\":1,\"startColumn\":1,"
		"\"endLine\":1,\"endColumn\":2}}},"
		"{\"message\":{\"text\":\"remove one\"}}]}" SARIF_TAIL,
		sarif_rule(f, DIAG_TOO_LARGE, "too large"),
		sarif_rule(f, DIAG_NUL_BYTE, "nul byte"),
		sarif_rule(f, DIAG_DUPLICATE_KEY, "duplicate key")));
#undef REGION
#undef NUL_RESULT
}

static void
test_sarif_names(void **state)
{
	static const struct {
		const char *name, *uri;
	} cases[] = {
	    {"shop.yaml", "\"shop.yaml\""},
	    {"<stdin>", "\"%3Cstdin%3E\""},
	    {"/etc/p%.yaml", "\"file:///etc/p%25.yaml\""},
	    {"./shop.yaml", "\"shop.yaml\""},
	    {"../a/b.yaml", "\"../a/b.yaml\""},
	    {"\"\n\x1b.yaml", "\"%22%0A%1B.yaml\""},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t n = source_add(&f->set, cases[i].name, STR("x"));

		diag_sink_init(&f->sink, &f->a);
		buf_init(&f->out, &f->a);
		json_init(&f->json, &f->out, false);
		diag_nul_byte(&f->sink, (struct span){n, 0, 1});
		diag_render_sarif(&f->json, &f->set, &f->sink, "1.2");
		assert_non_null(strstr(f->out.p, cases[i].uri));
	}
}

static void
test_sarif_levels(void **state)
{
	static const char *const level[] = {
	    [DIAG_NOTE] = "note",
	    [DIAG_STYLE] = "note",
	    [DIAG_WARNING] = "warning",
	    [DIAG_ERROR] = "error",
	    [DIAG_UNSUPPORTED] = "error",
	};
	struct fixture *f = *state;
	struct diag *d = diag_nul_byte(&f->sink, nowhere);

	for (size_t i = 0; i < sizeof(level) / sizeof(level[0]); i++) {
		d->level = (enum diag_level)i;
		buf_init(&f->out, &f->a);
		json_init(&f->json, &f->out, false);
		diag_render_sarif(&f->json, &f->set, &f->sink, "1.2");
		assert_non_null(strstr(f->out.p,
		    arena_printf(&f->a, "\"ruleIndex\":0,\"level\":\"%s\"",
			level[i])));
	}
}

static void
test_sarif_empty(void **state)
{
	struct fixture *f = *state;

	diag_render_sarif(&f->json, &f->set, &f->sink, "1.2");
	assert_string_equal(f->out.p, SARIF_HEAD SARIF_MIDDLE SARIF_TAIL);
}

static void
test_explain(void **state)
{
	static const struct diag_info bare = {
	    .id = 7,
	    .level = DIAG_STYLE,
	    .name = "bare",
	    .text = "some {thing}",
	    .explain = "One.",
	};
	static const struct diag_info full = {
	    .id = 123,
	    .level = DIAG_UNSUPPORTED,
	    .name = "full",
	    .text = "text",
	    .explain =
		"Of the characters in this line precisely the last one stands "
		"in column 78: xy. "
		"Two-byte ones \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 count "
		"once, so that this line too ends in column 78. Here. Not "
		"here.\n\n"
		"2nd paragraph.",
	    .bad = "a:\n\n- b\n",
	    .good = "a: c\n",
	};
	struct fixture *f = *state;

	diag_render_explain(&f->out, &bare);
	assert_string_equal(f->out.p,
	    "CNP007 bare (style)\n"
	    "some {thing}\n"
	    "\n"
	    "One.\n");
	buf_init(&f->out, &f->a);
	diag_render_explain(&f->out, &full);
	assert_string_equal(f->out.p,
	    "CNP123 full (unsupported)\n"
	    "text\n"
	    "\n"
	    "Of the characters in this line precisely the last one stands in "
	    "column 78: xy.\n"
	    "Two-byte ones \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 count "
	    "once, so that this line too ends in column 78. Here.\n"
	    "Not here.\n"
	    "\n"
	    "2nd paragraph.\n"
	    "\n"
	    "Example:\n"
	    "\n"
	    "    a:\n"
	    "\n"
	    "    - b\n"
	    "\n"
	    "Mended:\n"
	    "\n"
	    "    a: c\n");
}

/* What `cnpc explain` prints of every message fits a terminal. */
static void
test_explain_all(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < diag_table_len; i++)
		diag_render_explain(&f->out, &diag_table[i]);
	for (const char *p = f->out.p; *p;) {
		size_t n = strcspn(p, "\n");

		if (strncmp(p, "    ", 4) != 0)
			assert_in_range(n, 0, 78);
		p += n + 1;
	}
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_text),
	    TEST(test_long_lines),
	    TEST(test_cut_line),
	    TEST(test_inside_character),
	    TEST(test_any_text),
	    TEST(test_line_numbers),
	    TEST(test_notes_and_nowhere),
	    TEST(test_color),
	    TEST(test_json),
	    TEST(test_sorted),
	    TEST(test_json_empty),
	    TEST(test_sarif),
	    TEST(test_sarif_names),
	    TEST(test_sarif_levels),
	    TEST(test_sarif_empty),
	    TEST(test_explain),
	    TEST(test_explain_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
