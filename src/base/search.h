/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one binary search.
 *
 *     size_t i;
 *
 *     LOWER_BOUND(i, world->idents.n, world->idents.v[i].id < id);
 *     return i < world->idents.n && world->idents.v[i].id == id;
 *
 * BEFORE is an expression in I, true for the first so many of the indices
 * from 0 to N - 1 and false for the rest.  I becomes the first index for
 * which it is false, N if there is none.  Whoever has a comparison function
 * and looks for an equal element can as well use bsearch().
 */

#define LOWER_BOUND(i, n, before)                        \
	do {                                             \
		__typeof__(i) low_ = 0, high_ = (n);     \
                                                         \
		while (low_ < high_) {                   \
			(i) = low_ + (high_ - low_) / 2; \
			if (before)                      \
				low_ = (i) + 1;          \
			else                             \
				high_ = (i);             \
		}                                        \
		(i) = low_;                              \
	} while (0)
