/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the compiler computed, for `cnpc show`: tables for people, JSON for
 * programs.
 *
 * The JSON document, of which each part is one member:
 *
 *     rejected    [{kind, namespace, name, stage: schema|sanitize, reason}]
 *     unsupported the same without stage; only when there are any: Cilium
 *                 takes these objects, cnpc left them out
 *     identities  [{id, labels: [sorted strings], prefix?}]
 *     endpoints   [{namespace, name, identity, ips}]
 *     policies    [{identity, endpoint, ingress_enforced, egress_enforced,
 *                 entries}], or [{identity, endpoint, error}]
 *     entries     [{dir, identity, proto, port, port_prefix_len, deny,
 *                 redirect, auth, precedence}]; what is 0, false or "" is
 *                 left out
 *     ipcache     [{prefix, identity}]; not part of `all`
 */

#include "base/buf.h"
#include "base/json.h"
#include "ident/world.h"
#include "pmap/pmap.h"
#include "schema/object.h"

enum show_part {
	SHOW_ALL,
	SHOW_IDENTITIES,
	SHOW_ENDPOINTS,
	SHOW_POLICIES,
	SHOW_IPCACHE,
};

struct show {
	const struct object_list *objects;
	const struct world *world;
	const struct pmaps *pmaps;
	bool one;          /* only what belongs to one identity, */
	ident_idx_t ident; /* this one, */
	const struct endpoint *endpoint; /* and of its endpoints this one;
					  * NULL: all of them */
};

void show_table(struct buf *out, struct arena *a, const struct show *s,
    enum show_part part);
void show_json(struct json *out, struct arena *a, const struct show *s,
    enum show_part part);

/* Whether S shows this endpoint. */
bool show_has_endpoint(const struct show *s, const struct endpoint *e);
