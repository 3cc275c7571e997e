/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a repository says of itself: its file .cnpc.yaml, in the folder of an
 * input or in one above it, up to the top of the repository.  cnpc-config(5)
 * describes it.
 */

#include "lint/choice.h"

#define CONFIG_NAME ".cnpc.yaml"

/* A value of an option, as the command line would have it. */
struct config_value {
	const char *option; /* "cilium" */
	const char *value;  /* "1.18"; of --var "NAME=VALUE" */
	struct span at;
};

struct config {
	const char *dir; /* the real path of its folder */
	struct source_set sources;
	struct diag_sink sink; /* what is wrong with it */
	VEC(struct config_value) values;
	VEC(const char *) exclude; /* globs, from DIR */
	struct lint_rows rows;     /* paths are from DIR */
};

/* The configuration that is for the file or folder INPUT, in A; or NULL. */
const char *config_find(struct arena *a, const char *input);

/* Reads the file PATH; what it says is in CONFIG, and lives as long as A. */
void config_read(struct config *config, struct arena *a, const char *path);

/*
 * Whether the file PATH is no input: it is a configuration itself, or CONFIG,
 * which may be NULL, excludes it.
 */
bool config_excludes(struct arena *a, const struct config *config,
    const char *path);
