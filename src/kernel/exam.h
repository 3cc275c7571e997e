/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The exam of a program: maps and frames made so that every instruction of
 * bpf-templates/policy.bpf.c matters to some packet, whatever the cluster is
 * that the program was made for.  A policy's own map has few of the cases that
 * a program must decide; this has them all.
 *
 * tests/kernel/test_kernel_flips.c shows what it is worth: it changes each bit
 * of the programs.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "bundle/decide.h"
#include "bundle/image.h"
#include "cnpc_abi.h"
#include "kernel/load.h"
#include "kernel/testnet.h"
#include "kernel/trial.h"

#define EXAM_VALUES 25  /* values that an entry can have */
#define EXAM_LENGTHS 17 /* of a port's prefix: 0 to 16 */

/* The maps' content: who there is, and what may come of each. */
struct exam {
	struct image policy;
	struct policy_table table; /* the same */
	int ipcache;               /* the map, in the kernel */
	struct test_host local;
	struct test_host near;     /* like it in the first half of its address;
				    * allowed */
	struct test_host unmapped; /* its identity is not known yet */
	struct test_host nobody;   /* without an entry */
	struct test_host everything;            /* allowed */
	struct test_host denied;                /* whatever comes */
	struct test_host protocols;             /* an entry for each */
	struct test_host values[EXAM_VALUES];   /* an entry of each value, next
						 * to any identity's of each */
	struct test_host lengths[EXAM_LENGTHS]; /* likewise of each length */
};

/* Members of a program's constants: what leaves is to be the endpoint's. */
#define EXAM_SOURCES                                                        \
	.sources = 1, .address_v4 = 0x3225180b, .address_v6_0 = 0x3225180b, \
	.address_v6_1 = 0x66594c3f, .address_v6_2 = 0x9a8d8073,             \
	.address_v6_3 = 0xcec1b4a7

/* Ports at which any identity has the I-th value. */
uint16_t exam_port_longer(unsigned i);  /* UDP: longer than the peer's own */
uint16_t exam_port_equal(unsigned i);   /* UDP: as long as the peer's own */
uint16_t exam_port_shorter(unsigned i); /* SCTP: shorter */

/* TCP: where any identity's entry has the length I. */
uint16_t exam_port_length(unsigned i);

/* The maps, with the layout of a version; 0 or an errno value. */
int exam_open(struct exam *ret_exam, struct arena *a, unsigned cilium);
void exam_close(struct exam *e);

/* Who takes it: programs that are loaded with the exam's maps. */
struct examinee {
	const struct kernel_policy *loaded;
	const struct cnpc_config *config; /* which the programs have */
};

/*
 * All frames through the program of a direction; BRIEF: no further than to the
 * first that is wrong.  Adds to *tally; returns 0 or the errno value of a run
 * that failed.
 */
int exam_sit(struct trial_tally *tally, struct arena *a, const struct exam *e,
    const struct examinee *who, enum direction dir, bool brief);

/*
 * The whole exam of an object: it is loaded with the exam's maps, those of
 * version CILIUM, and both of its programs sit it.  CONFIG is the object's own.
 * Adds to *tally; returns 0 or an errno value.
 */
int exam_object(struct trial_tally *tally, struct arena *a, struct str object,
    unsigned cilium, const struct cnpc_config *config);
