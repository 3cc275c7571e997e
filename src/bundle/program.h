/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs: the template of bpf-templates/, which is part of cnpc, with
 * constants and map sizes written into it.  No compiler runs; what the
 * constants rule out, the kernel's verifier removes at load time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "bundle/image.h"
#include "cnpc_abi.h"

struct program_params {
	struct cnpc_config config; /* in the host's byte order */
	unsigned cilium;           /* whose maps it reads */
	uint32_t policy_entries;   /* sizes of the maps, at least 1 */
	uint32_t ipcache_entries;
};

/* What programs have to know of a cluster. */
struct cluster_traits {
	bool family[2];        /* by family - 1: the cluster has it */
	bool sctp;             /* passes, if policies let it */
	bool other_transports; /* beyond TCP, UDP, SCTP and ICMP, likewise */
};

/* The constants of the template itself. */
extern const struct cnpc_config program_config;

/*
 * The parameters of the program for a policy image, or for its factored rows,
 * in a cluster with TRAITS.  SCRATCH may be reset afterwards.
 */
void program_params_of(struct program_params *ret, struct arena *scratch,
    const struct image *policy, uint32_t ipcache_entries,
    const struct cluster_traits *traits);

/* The bytes of an ELF object that any libbpf loads, in A. */
struct str program_make(struct arena *a, const struct program_params *params);

/* The name of the file with these bytes inside the bundle, in A. */
const char *program_name(struct arena *a, struct str bytes);
