/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A joined list is sorted, and no two of its intervals touch, so that a binary
 * search finds the one that may meet another interval.
 */
#include "pmap/interval.h"

#include <stdlib.h>

#include "base/search.h"

struct interval
interval_of_ports(uint16_t port, uint16_t end)
{
	return (struct interval){port, (end > port ? end : port) + 1u};
}

int
interval_compare(const void *pa, const void *pb)
{
	const struct interval *a = pa, *b = pb;

	return (a->first > b->first) - (a->first < b->first);
}

void
intervals_join(interval_vec *list)
{
	struct interval *v = list->v;
	size_t n = 0;

	if (list->n > 1)
		qsort(v, list->n, sizeof(*v), interval_compare);
	for (size_t i = 0; i < list->n; i++) {
		if (n == 0 || v[i].first > v[n - 1].end)
			v[n++] = v[i];
		else if (v[i].end > v[n - 1].end)
			v[n - 1].end = v[i].end;
	}
	list->n = n;
}

bool
intervals_meet(const interval_vec *list, struct interval x)
{
	size_t i;

	LOWER_BOUND(i, list->n, list->v[i].end <= x.first);
	return i < list->n && list->v[i].first < x.end;
}
