/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one fuzz entry point over the files below the given directories, so
 * that every build tests what fuzzing has found, without libFuzzer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define INPUT_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay(const char *path)
{
	struct arena a = {0};
	struct str text;
	int error = file_read(&a, path, INPUT_MAX, &text);

	if (error)
		fprintf(stderr, "%s: %s\n", path, strerror(error));
	else
		LLVMFuzzerTestOneInput((const uint8_t *)text.s, text.n);
	arena_free(&a);
	return error;
}

int
main(int argc, char **argv)
{
	static const char *const any[] = {"", NULL};
	struct file_list files = {0};
	struct arena a = {0};
	size_t failed, n;

	for (int i = 1; i < argc; i++)
		file_walk(&files, &a, argv[i], any);
	failed = files.failed.n;
	n = files.path.n;
	VEC_FOREACH (path, &files.path)
		failed += replay(*path) != 0;
	printf("%zu inputs, %zu unreadable\n", n, failed);
	arena_free(&a);
	return n > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
