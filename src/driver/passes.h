/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The compiler as one table: a row for each pass, in the order in which they
 * run.  What is wanted decides what runs: those rows, and the rows that they
 * need.  --stop-after, --dump and --time-passes are read off the table.
 */

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct unit;

enum pass_id {
	PASS_KEY,
	PASS_OUTPUT,
	PASS_SANDBOX,
	PASS_YAML,
	PASS_REPO,
	PASS_VERSION,
	PASS_AST,
	PASS_SETTINGS,
	PASS_SANITIZE,
	PASS_IR,
	PASS_IDENT,
	PASS_PMAP,
	PASS_MODELS,
	PASS_LINT,
	PASS_DEAD_RULES,
	PASS_LOCK,
	PASS_BUNDLE,
	PASS_WRITE,
	PASS_WRITE_LOCK,
	PASSES,
};

/* A set of passes: PASS_BIT(PMAP) | PASS_BIT(LINT). */
#define PASS_BIT(name) (1u << PASS_##name)

struct pass {
	const char *name;
	uint32_t needs; /* passes without which it does not run */
	uint32_t uses;  /* passes whose results it takes if they ran */
	bool clean;     /* runs only as long as no error was found */
	void (*run)(struct unit *u);
	/* Only of stages, which are what --dump and --stop-after name. */
	void (*dump)(struct buf *out, struct unit *u);
	void (*verify)(const struct unit *u); /* asserts; may be NULL */
};

extern const struct pass passes[PASSES];
