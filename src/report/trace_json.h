/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The answer of `cnpc trace`, for programs.
 *
 * The JSON document; every member is always there unless marked with ?:
 *
 *     {query: {from, to, protocol, port, family: ipv4|ipv6, method?, path?,
 *              host?, headers?: [{name, value}], dns?, sni?},
 *      model: clusterwide|cilium,
 *      verdict: allowed|refused|dropped|unknown,
 *      service?: {namespace, name, file, line, headless},
 *      drop_reason?: {code, text}   when the Service has no backend,
 *      pairs: [{alike?: count, from: END, to: END, verdict,
 *               egress: DIRECTION, ingress: DIRECTION}],
 *      notes: [text]}
 *     END  {identity, labels: [text],
 *           origins?: [{label, origin, file?, line?}], endpoint?: "ns/name",
 *           endpoints: count, address?, prefix?, node?, port?}
 *     DIRECTION {judged: true, verdict: allowed|redirected|dropped,
 *           drop_reason?: {code, text}, proxy?,
 *           cause: rule|no-policy|default-allow|local-host|default-deny|forced,
 *           rules: [RULE], walk?: [RULE], default_deny?: RULE,
 *           request?: REQUEST}
 *       or {judged: false, why: outside|node|unmanaged|no-endpoint|loopback|
 *           unresolvable, error?}
 *     RULE {kind, namespace, name, file, line, tier, priority, verdict,
 *           role?, peer_line?, port_line?}
 *     REQUEST {verdict: allowed|refused|unknown|not-asked, response?, why?,
 *              rules: [{kind, namespace, name, file, line, lets,
 *                       matches?: yes|no|unknown, why?}]}
 *
 * where role says what became of a rule that matched: decides, agrees,
 * passes, passed-over, weaker-tier, weaker-priority, loses-to-deny or
 * loses-to-allow; in walk, where it is called says, also does-not-match.  The
 * rules built in (kind "") have neither file nor line.  With --all a pair is
 * one of so many that are alike.
 */

#include "base/json.h"
#include "flow/trace.h"

void trace_put_json(struct json *out, struct arena *a, struct source_set *set,
    const struct trace *t);
