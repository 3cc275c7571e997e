/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Map images: a header, all keys, all values in the same order.  Keys and
 * values are arrays of the map's own bytes, so an image that lies in memory is
 * what BPF_MAP_UPDATE_BATCH takes.  cnpc-image(5) has every byte.
 *
 * An image never changes once made; its hash names its content.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/str.h"
#include "bundle/record.h"

#define IMAGE_HEADER_SIZE 64
#define IMAGE_FORMAT 1
#define IMAGE_BYTES_MAX ((size_t)1 << 30)

/* What an agent gives its maps by default, and the most that it accepts. */
#define POLICY_MAP_ENTRIES 16384
#define POLICY_MAP_ENTRIES_MAX 65536
#define IPCACHE_MAP_ENTRIES 512000

enum image_kind {
	IMAGE_POLICY,
	IMAGE_IPCACHE,
};

struct image {
	enum image_kind kind;
	unsigned cilium;                 /* the version */
	const struct map_layout *layout; /* that it has */
	struct str bytes;                /* the whole file */
	uint32_t max_entries;
	uint32_t nentries;
	const uint8_t *keys;   /* [nentries] of the kind's key size */
	const uint8_t *values; /* [nentries] of the kind's value size */
	const uint32_t *rules; /* [nentries]: numbers of the rules that gave the
				* entries; NULL: not known */
	char hash[HASH_STRLEN];
};

/*
 * RECORDS in record order without duplicates; the image lies in A.  CILIUM is
 * the version whose layout it has.
 */
void image_put_policy(struct image *img, struct arena *a, unsigned cilium,
    const struct policy_record *records, uint32_t n, uint32_t max_entries);

/* RECORDS in the order of cidr_compare() without duplicates. */
void image_put_ipcache(struct image *img, struct arena *a, unsigned cilium,
    const struct ipcache_record *records, uint32_t n, uint32_t max_entries);

/*
 * Takes BYTES for an image, which points into them, after every field, every
 * entry, their order and the hash have been checked.  False, with the reason
 * in *ret_problem, when something is wrong.
 */
bool image_read(struct image *img, struct str bytes, enum image_kind kind,
    const char **ret_problem);

/* Gives an image the rules of the RECORDS that it was made from, in A. */
void image_put_rules(struct image *img, struct arena *a,
    const struct policy_record *records);

/* The I-th entry. */
struct policy_record image_policy(const struct image *img, uint32_t i);
struct ipcache_record image_ipcache(const struct image *img, uint32_t i);

/* Where the I-th key or value begins. */
const uint8_t *image_key(const struct image *img, uint32_t i);
const uint8_t *image_value(const struct image *img, uint32_t i);
