/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Tells who listens what became of a packet.
 */

#include <stdbool.h>

#include "maps.h"
#include "packet.h"

/* Whether somebody wants to hear of another packet with this reason. */
static __always_inline bool
is_wanted(__u32 reason)
{
	struct cnpc_watch *w = bpf_map_lookup_elem(&cnpc_watch, &reason);

	if (!w || w->left <= 0)
		return false;
	/* What two processors count at once may be counted once. */
	if (++w->seen < w->every)
		return false;
	w->seen = 0;
	__sync_fetch_and_add(&w->left, -1);
	return true;
}

static __always_inline void
tell(const struct packet *p, __u32 egress, __u32 reason)
{
	struct cnpc_event *e;

	if (!is_wanted(reason))
		return;
	e = bpf_ringbuf_reserve(&cnpc_events, sizeof(*e), 0);
	if (!e)
		return;
	__builtin_memcpy(e->source, p->tuple.source, 32);
	e->family = p->tuple.family;
	e->proto = p->tuple.proto;
	e->sport = p->tuple.sport;
	e->dport = p->tuple.dport;
	e->port = p->port;
	e->egress = egress;
	e->reason = reason;
	e->remote = p->remote;
	e->endpoint = cnpc_config.endpoint;
	e->generation = cnpc_config.generation;
	e->entry = p->entry;
	bpf_ringbuf_submit(e, 0);
}
