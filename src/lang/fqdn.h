/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DNS names and patterns of toFQDNs and DNS rules as regular expressions
 * (semantics.md 6.4).
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * The anchored pattern, for lang_regex_compile(), that matches the names that
 * a matchName (IS_NAME) or a matchPattern covers.  Names to match are to be
 * in lower case and end in a dot.  DOUBLE_STAR: a leading "**." stands for
 * one or more labels, as from Cilium 1.19 on.
 */
struct str lang_fqdn_regex(struct arena *a, struct str pattern, bool is_name,
    bool double_star);

/*
 * A name as names are compared: in lower case, with a dot at its end, as in
 * "www.example.com.".
 */
struct str lang_fqdn_normal(struct arena *a, struct str name);
