/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bundle that somebody changes, and who mends the hashes afterwards.
 *
 * He mends what a file says of itself and what the manifest says of files: then
 * nothing at all may change but a verifier's results.  Or the manifest's digest
 * as well: then words can change that nothing else in a bundle depends on,
 * names, labels, what a proxy looks for, and that an address of a pod is a
 * node's, too.  Against these only a signature helps,
 * or compiling again.
 */

#include "bundle/read.h"
#include "bundle/write.h"

enum mending {
	MEND_HASHES,
	MEND_DIGEST,
};

struct tampering {
	struct arena a; /* of all */
	struct arena b; /* of one change */
	struct bundle bundle;
	struct bundle_content want; /* as it was written */
	unsigned tried, accepted;
};

/*
 * Compiles YAML, writes the bundle to "out" and reads it.  The caller frees T
 * with tampering_end().
 */
void tampering_begin(struct tampering *t, const char *yaml);
void tampering_end(struct tampering *t);

/* The manifest is the last file of a bundle. */
const struct bundle_file *tampering_manifest(const struct tampering *t);

/* "out/NAME", in T's arena b. */
const char *tampering_path(struct tampering *t, const char *name);

/* Writes a file, synced or not. */
void tampering_put(struct tampering *t, const char *name, struct str bytes);

/*
 * Reads what is there now.  Returns false for what must not be: a bundle that
 * is read as whole, and is another one than that which was written.
 */
bool tampering_try(struct tampering *t, enum mending mending);

/*
 * Gives F other bytes, by each mending tries what is there then, and puts back
 * what was.  T's arena b is empty afterwards.
 */
bool tampering_change(struct tampering *t, const struct bundle_file *f,
    struct str bytes);

/* TEXT without the bytes from AT to END, and with those of MIDDLE instead. */
struct str tampering_splice(struct arena *a, struct str text, size_t at,
    size_t end, struct str middle);
