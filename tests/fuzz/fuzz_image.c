/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Map images, sets of peers, packs and lists of rules: any bytes are one or
 * refused with a reason, and an image holds nothing but what its entries say.
 * The hash is made right first, or hardly an input would get beyond it.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/decide.h"
#include "base/hash.h"
#include "bundle/factored.h"
#include "bundle/pack.h"
#include "bundle/image.h"

#define HASH_AT 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
set_hash(char *bytes, size_t size)
{
	struct str entries = {bytes + IMAGE_HEADER_SIZE,
	    size - IMAGE_HEADER_SIZE};
	char text[HASH_STRLEN];

	hash_text(entries, text);
	for (size_t i = 0; i < (HASH_STRLEN - 1) / 2; i++) {
		char digits[3] = {text[2 * i], text[2 * i + 1]};

		bytes[HASH_AT + i] = (char)strtoul(digits, NULL, 16);
	}
}

/* Writes the entries again. */
static void
put_again(struct image *ret_image, struct arena *a, const struct image *img)
{
	struct policy_table t;
	struct ipcache_record *v;

	if (img->kind == IMAGE_POLICY) {
		policy_table_read(&t, a, img);
		image_put_policy(ret_image, a, img->cilium, t.v, t.n,
		    img->max_entries);
		policy_decide(&t, DIR_EGRESS, 256, 6, 80);
		return;
	}
	v = ARENA_ARRAY(a, struct ipcache_record, img->nentries);
	for (uint32_t i = 0; i < img->nentries; i++)
		v[i] = image_ipcache(img, i);
	image_put_ipcache(ret_image, a, img->cilium, v, img->nentries,
	    img->max_entries);
}

/*
 * What is read as sets, or as a policy of the sets {256} and {256, 257}, holds
 * what its own fields say.
 */
static void
read_factored(struct arena *a, struct str bytes)
{
	static const uint32_t ids[] = {256, 257};
	struct rule_lists lists;
	struct peer_sets sets;
	const char *problem = NULL;
	struct image img;
	struct pack pack;

	if (peer_sets_read(&sets, a, bytes, &problem))
		assert(str_eq(bytes, peer_sets_put(&sets, a)));
	else
		assert(problem);
	problem = NULL;
	assert(pack_read(&pack, a, bytes, &problem) == !problem);
	peer_sets_init(&sets, a);
	peer_sets_add(&sets, ids, 1);
	peer_sets_add(&sets, ids, 2);
	peer_sets_sort(&sets);
	problem = NULL;
	assert(
	    rule_lists_read(&lists, a, bytes, &sets, 2, &problem) == !problem);
	problem = NULL;
	if (factored_read(&img, a, bytes, &sets, NULL, &problem))
		assert(img.nentries <= img.max_entries);
	else
		assert(problem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	char *copy = arena_dup(&a, (const char *)data, size);
	struct image img, again;

	if (size >= IMAGE_HEADER_SIZE)
		set_hash(copy, size);
	for (enum image_kind k = IMAGE_POLICY; k <= IMAGE_IPCACHE; k++) {
		struct str bytes = {copy, size};
		const char *problem = NULL;

		if (image_read(&img, bytes, k, &problem)) {
			put_again(&again, &a, &img);
			assert(str_eq(img.bytes, again.bytes));
		} else {
			assert(problem);
		}
	}
	read_factored(&a, (struct str){copy, size});
	arena_free(&a);
	return 0;
}
