/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How the versions of Cilium lay out their maps: a row for each layout, with
 * all that the code knows of it.  Keys are the same in all, and so is the
 * beginning of a policy value: proxy port, flags, authentication.
 *
 * A new layout is a row in layout.c and a branch of bpf-templates/, which
 * compile once for each layout.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/str.h"
#include "cilium/version.h"

#define POLICY_KEY_SIZE 12
#define IPCACHE_KEY_SIZE 24

/* The most that a value takes in any layout. */
#define MAP_VALUE_MAX 24

struct policy_record;
struct program_template;

struct map_layout {
	enum version_change change; /* that came with it */
	uint32_t policy_value_size;
	uint32_t ipcache_value_size;
	uint32_t map_flags;
	bool precedence;         /* a policy entry has one: see policy_record */
	bool aggregates;         /* peers are looked up by these as well */
	const char *policy_name; /* of a map, less _ and 5 digits */
	const char *ipcache_name;

	/*
	 * Writes what is stronger between two entries into a value of zeros,
	 * and reads it.  The reader returns the offset of what it does not
	 * know, which is to be 0 to the end of the value.
	 */
	void (*put_strength)(uint8_t *value, const struct policy_record *r);
	size_t (*get_strength)(const uint8_t *value, struct policy_record *r);

	/* The object that programs for these maps are made from. */
	const struct program_template *template;
};

/* The members "policy" and "ipcache": what the agent calls its maps. */
void map_layout_json(struct json *j, const struct map_layout *l);

/* The layout of a version. */
const struct map_layout *map_layout(unsigned cilium);
