/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a document is, told from its text alone.  Most YAML and JSON in a
 * repository is none of ours; a look at it must cost little, and it must not
 * be read further: its tags, duplicate keys and faults are nobody's business
 * here.
 *
 * A kind is seen where it is written plainly: `kind`, a colon and a word, on
 * one line, with or without quotes.
 */

#include "base/str.h"

/*
 * Whether a document may hold something to read: an object of a kind that cnpc
 * knows, at its top or deeper; any object of a group with policies; an answer
 * of the agent about DNS; values of Cilium's chart.
 */
bool sniff_is_wanted(struct str text);

/*
 * Whether the document itself is an object that cnpc judges or a list; not one
 * that only says what is to be built.
 */
bool sniff_is_ours(struct str text);

/*
 * Whether the text has the brackets of a template language, {{ or {%, outside
 * of comments and quotes.
 */
bool sniff_is_template(struct str text);
