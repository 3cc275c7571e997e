/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A test that runs in an empty directory of its own, which goes with it.
 */

#include <limits.h>
#include <sys/resource.h>

#include "base/arena.h"

struct folder {
	char dir[32];
	char real[PATH_MAX];
	struct arena a;
};

/* For cmocka_unit_test_setup_teardown(): *STATE is a struct folder. */
int folder_setup(void **state);
int folder_teardown(void **state);

#define FOLDER_TEST(t) \
	cmocka_unit_test_setup_teardown(t, folder_setup, folder_teardown)

void folder_put(const char *path, const char *text);
void folder_check_content(struct arena *a, const char *path, const char *want);

/* All names in DIR but dots, hidden ones too, joined with spaces. */
void folder_check_names(struct arena *a, const char *dir, const char *want);

/* Makes writes fail in the middle, as on a full disk. */
void folder_limit_file_size(rlim_t size);
