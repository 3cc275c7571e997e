/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The objects that programs are made from, and the places in them that are
 * written to.  tools/template_c.py makes them of what bpf-templates/ compiles
 * to.
 */

#include <stddef.h>

/* A part of an object, in bytes. */
struct template_part {
	size_t offset, size;
};

struct program_template {
	const unsigned char *bytes; /* an ELF object, little-endian */
	size_t size;
	struct template_part btf;    /* of its maps and their sizes */
	struct template_part config; /* struct cnpc_config */
};

/* One for each layout of the maps, by the first version that has it. */
extern const struct program_template template_117, template_118, template_119,
    template_120;
