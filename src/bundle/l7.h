/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What proxies are to check, as l7.json of a bundle, where selector policies
 * are called grants; cnpc-image(5) describes it.  Rules, selectors and
 * directions are written once and referred to by number, so that the file grows
 * with the policies and not with the pods.
 */

#include "base/json.h"
#include "diag/source.h"
#include "pmap/pmap.h"

struct l7;

struct l7 *l7_new(struct arena *a, struct source_set *sources,
    const struct pmaps *m);

/* The whole document. */
struct str l7_json(const struct l7 *l7, struct arena *a);

/*
 * The member "l7" of an endpoint of class C: the numbers of its directions;
 * none when no proxy reads anything of it.
 */
void l7_put_refs(struct json *j, const struct l7 *l7,
    const struct pmap_class *c);
