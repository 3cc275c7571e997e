/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The leaves of the syntax tree.  ast.h, generated from grammar/, is
 * made of these and of structs like them: one C struct for each schema
 * struct, one member for each field, every list as AST_LIST.
 *
 * Absent, null and empty are told apart where policies need it: .present is
 * false for an absent (or null) field, true with n == 0 for `[]`.  A pointer
 * to a struct is NULL when absent.  Strings point into the arena or source.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "diag/source.h"

struct ast_str {
	bool present;
	struct span at;
	struct str v;
};

struct ast_int {
	bool present;
	struct span at;
	int64_t v;
};

struct ast_bool {
	bool present;
	struct span at;
	bool v;
};

/* Kubernetes IntOrString. */
struct ast_int_or_str {
	bool present;
	bool is_int;
	struct span at;
	int64_t i;
	struct str s; /* when !is_int */
};

/* A string-to-string map in source order. */
struct ast_str_pair {
	struct str key, value;
	struct span key_at, value_at;
};

struct ast_str_map {
	bool present;
	struct span at;
	struct ast_str_pair *v;
	uint32_t n;
};

struct ast_str_list {
	bool present;
	struct span at;
	struct ast_str *v;
	uint32_t n;
};

/* A map from strings to lists of strings, in source order. */
struct ast_list_pair {
	struct str key;
	struct span key_at;
	struct ast_str_list value;
};

struct ast_list_map {
	bool present;
	struct span at;
	struct ast_list_pair *v;
	uint32_t n;
};

#define AST_LIST(T)             \
	struct {                \
		bool present;   \
		struct span at; \
		T *v;           \
		uint32_t n;     \
	}
