/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a record tells of a connection: whether it opens one, and what policy
 * did with it then.  Source: semantics.md 13.6.  Private to replay/.
 */

#include "record/record.h"
#include "replay/ends.h"

enum opening {
	OPENING_YES,
	OPENING_NO_FLOW,
	OPENING_REPLY,
	OPENING_ESTABLISHED,
	OPENING_UNKNOWN, /* who opened it nobody can tell */
};

/* By the record alone, where that tells; OPENING_UNKNOWN: by the ports. */
enum opening opening_of(const struct record *r);

/* The same, with who the two ends are. */
enum opening opening_by_ports(const struct replay_ends *x,
    const struct record *r, const struct query_end *from,
    const struct query_end *to);

/* What policy did with it then. */
enum replay_then {
	REPLAY_THEN_NONE, /* nothing that the record tells */
	REPLAY_THEN_FORWARDED,
	REPLAY_THEN_DROPPED,
};

enum replay_then replay_then(const struct record *r);
