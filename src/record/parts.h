/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the readers of the formats share.  Each fills a record that is zero but
 * for its kind, RECORD_FLOW, and is given the cursor at the value.  Private to
 * record/.
 */

#include "record/record.h"
#include "record/scan.h"

enum {
	REASON_OTHER = 1, /* of a drop that policy has no part in */
};

/* A name of an enum, its number, and what it is here; a table ends with {0}. */
struct record_value {
	const char *name, *number;
	int value;
};

/* The row that TEXT names; NULL: none. */
const struct record_value *record_value(const struct record_value *table,
    struct str text);

/* A flow of Hubble. */
void record_flow(struct record *r, struct scan *s,
    struct record_reader *reader);

/* A row of ContainerNetworkLogs: a member of it, false when it is none. */
bool record_acns_member(struct record *r, struct scan *s, struct str key);

/* A line of `cilium-dbg monitor -j`. */
void record_monitor(struct record *r, struct str line,
    struct record_reader *reader);

/* An event of Inspektor Gadget's trace_tcp. */
void record_gadget(struct record *r, struct str line, struct arena *a);

/* A row of a table; false: it is no table. */
bool record_tuple(struct record *r, struct record_reader *reader,
    struct str line);

/* The labels of IDENTITY, 0 if it is not said; NULL: they are no JSON. */
struct record_labels *record_read_labels(struct record_reader *reader,
    struct scan *s, uint32_t identity);

/*
 * Enters an end, past its labels and what is before them if it is as another
 * one was, which E then says.  Where it begins, for record_keep_head(), which
 * is called once E's labels are read.
 */
const char *record_read_head(struct record_reader *reader, struct scan *s,
    struct scan_list *ret_in, struct record_end *e);
void record_keep_head(struct record_reader *reader, const char *from,
    const char *to, const struct record_end *e);

/* Values of flows that others have, too. */
void record_l4(struct record *r, struct scan *s);
void record_l7(struct record *r, struct scan *s);
void record_workloads(struct record *r, struct record_end *e, struct scan *s);
void record_policies(struct record *r, struct scan *s, enum direction dir,
    bool denied);
void record_counter(struct record *r, struct scan *s);
void record_set_verdict(struct record *r, struct str text);
void record_set_reason(struct record *r, struct str text);
void record_set_ip(struct record *r, struct record_end *e, struct str text);

/* The port of a string or number; false, and malformed: it is none. */
bool record_port(struct record *r, struct scan *s, uint16_t *ret);
