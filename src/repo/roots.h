/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which folders are built by themselves: those with a kustomization that
 * nothing names, from the top down, and what objects in loose files name.
 * Private to repo/.
 */

#include "repo/origin.h"
#include "repo/repo.h"

/* A repository being built. */
struct building {
	struct repo *repo;
	struct arena *arena;
	struct tree tree;
	struct kustomize kustomize;
	struct map named;   /* folders that something names -> itself */
	struct map listed;  /* those of them whose every file counts */
	struct map built;   /* objects and folders that were built */
	const char *root;   /* whose build is under way */
	bool embedded;      /* what is inside of others is in force */
	struct subst loose; /* what variables are where nobody says */
};

/* Notes who names which folder. */
void roots_note(struct building *b);

/* Builds what instances of Flux begin with, or ONLY that folder. */
void roots_build_syncs(struct building *b, const char *only);

/*
 * Builds each folder with a kustomization, folders that hold others before
 * these, or ONLY that one; with NAMED also those that something names.
 */
void roots_build(struct building *b, const char *only, bool named);

/*
 * Builds what objects in loose files ask for; with NAMED also in folders that
 * others name, who may edit these objects first.
 */
void roots_build_loose(struct building *b, bool named);

/* Builds one folder and what its objects ask for. */
void building_build(struct building *b, const struct origin *o);

/* Builds what the object N asks for. */
void building_follow(struct building *b, const struct ynode *n);
