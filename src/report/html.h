/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A streaming HTML writer into a buf, and the frame of a page that needs
 * nothing else: its sheet and its script are in it (page.css, page.js), it asks
 * nobody for anything, and a Content-Security-Policy says so.  Text is escaped,
 * so what comes from input cannot become markup.
 *
 *     html_page(&h, out, "What would be dropped");
 *     html_open(&h, "p", "class", "note", NULL);
 *     html_cstr(&h, name);
 *     html_close(&h);
 *     html_end_page(&h);
 *
 * The page's sheet and script know these: "filter" forms, whose controls
 * choose among the elements of the class "item" by text and data-class;
 * tables of the class "matrix", in which arrow keys go from cell to cell; and
 * "details" elements, which open where a link leads into one.
 */

#include <stdarg.h>

#include "base/buf.h"
#include "base/str.h"

#define HTML_DEPTH 32

struct html {
	struct buf *out;
	const char *tag[HTML_DEPTH]; /* of the open elements */
	unsigned depth;
};

/* The page up to the element that its text is in; and from its end. */
void html_page(struct html *h, struct buf *out, const char *title);
void html_end_page(struct html *h);

/*
 * An element, with pairs of names and values of attributes that NULL ends; a
 * value is escaped, and one that is "" stands for the name alone.
 */
void html_open(struct html *h, const char *tag, ...) __attribute__((sentinel));
void html_close(struct html *h);

/* An element that has no content, such as "input". */
void html_empty(struct html *h, const char *tag, ...) __attribute__((sentinel));

void html_str(struct html *h, struct str text);
void html_cstr(struct html *h, const char *text);
void html_printf(struct html *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A whole element with a text and at most a class; NULL: none. */
void html_text(struct html *h, const char *tag, const char *class,
    const char *text);
