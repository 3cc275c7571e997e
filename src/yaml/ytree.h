/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tree that YAML and JSON are read into: immutable nodes with exact
 * spans, typed as the Kubernetes API server sees them after kubectl's
 * YAML-to-JSON step.  Strings live as long as the arena.
 *
 * Aliases share the node of their anchor and have its span.  Keys that are
 * numbers or booleans have become strings ("80", "true"), and "<<" has been
 * merged: its pairs follow the mapping's own.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "diag/source.h"

enum ynode_kind {
	Y_NULL,
	Y_BOOL,
	Y_INT,
	Y_FLOAT, /* 1e3, or an integer beyond int64_t; finite */
	Y_STR,
	Y_SEQ,
	Y_MAP,
};

struct ynode;

struct ypair {
	struct str key;
	struct span key_at;
	const struct ynode *value;
};

struct ynode {
	enum ynode_kind kind;
	/*
	 * From the first byte of the value to after its last: quotes and
	 * brackets belong to it, a tag or anchor before it does not.  An
	 * empty value has an empty span.
	 */
	struct span at;
	union {
		bool b;
		int64_t i;
		/*
		 * JSON has one type of number, and kubectl writes 1e3 and 80.0
		 * as 1000 and 80: where an integer is wanted, an integral
		 * value is one.
		 */
		double f;
		struct str s;
		struct {
			const struct ynode *const *v;
			uint32_t n;
		} seq;
		struct {
			const struct ypair *v; /* source order, keys distinct */
			uint32_t n;
		} map;
	};
};

/* The value of KEY in a map; NULL when absent or when N is no map. */
const struct ynode *ynode_get(const struct ynode *n, const char *key);

/* "string", "integer", "object", ... as the API server's messages say. */
const char *ynode_kind_name(enum ynode_kind kind);

/* An indented dump for --dump=yaml: kind, value and line:col of each node. */
void ynode_dump(struct buf *out, struct source_set *set, const struct ynode *n);
