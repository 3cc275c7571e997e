/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who an end of a recorded connection is now: from what the record says of it
 * to an end that a question can be about.  Labels come first, which are the
 * identity that it had then; then a number that means the same everywhere, the
 * name of a pod, a workload, the address.  What is named and not there any more
 * is not replaced by what has its address now.  Private to replay/.
 */

#include "base/map.h"
#include "base/shared_map.h"
#include "flow/query.h"
#include "ident/label_filter.h"
#include "lang/regex.h"
#include "record/record.h"
#include "schema/object.h"

/* A toFQDNs selector of the policies. */
struct replay_name {
	struct str text;
	const struct lang_regex *regex;
};

/* What labels say, found out once. */
struct replay_labels {
	bool outside;
	struct cidr prefix; /* the longest one of an outside end; or family 0 */
	const char *reserved; /* the identity of something in the cluster */
	const struct query_identities *identities; /* NULL: nobody has them */
};

/* What is found out on the way and is the same for all threads. */
struct replay_found {
	struct shared_map alone;     /* query_identities * -> of one pod */
	struct shared_map by_prefix; /* of the world without address */
};

struct replay_ends {
	struct arena *arena; /* of this thread */
	struct arena *line;  /* until the next record */
	const struct world *world;
	const struct object_list *objects;
	struct label_filter *filter;
	struct str default_ns;
	/* [ident index]: one endpoint of each policy class, or none. */
	struct query_identities *of_ident;
	struct map
	    by_labels; /* canonical labels -> struct query_identities * */
	struct map by_number;   /* of the snapshot -> the same */
	struct map by_workload; /* "ns/name" -> struct replay_workload * */
	struct replay_found *found;
	VEC(struct replay_name) names;
	struct arena scratch;
};

/* Tables of the snapshot in A, which replay_ends_share() gives to threads. */
void replay_ends_init(struct replay_ends *x, struct arena *a,
    const struct world *w, const struct object_list *objects,
    struct str default_ns);

/* For a thread with the arenas A and LINE, as long as FROM is there. */
void replay_ends_share(struct replay_ends *x, const struct replay_ends *from,
    struct arena *a, struct arena *line);
void replay_ends_free(struct replay_ends *x);

/*
 * The end E of R, its destination if TO.  NULL, or why nobody can tell who it
 * is.
 */
const char *replay_end(struct replay_ends *x, const struct record *r,
    const struct record_end *e, bool to, struct query_end *ret);

/* The end E, which is one pod, and the same that the other end is. */
void replay_end_is_itself(struct replay_ends *x, struct query_end *e);

/* Whether a pod of the end listens at the port, as far as its spec says. */
bool replay_serves(const struct replay_ends *x, const struct query_end *e,
    uint8_t proto, uint16_t port);
