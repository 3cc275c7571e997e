/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What libyaml's parser takes for some files, without a tree.
 *
 *     libyaml_bench FILE...
 *
 * prints the seconds of the processor that all of them took.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <yaml.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
parse(const char *path)
{
	FILE *f = fopen(path, "rb");
	yaml_event_type_t type;
	yaml_parser_t parser;
	yaml_event_t event;

	if (!f || !yaml_parser_initialize(&parser))
		err(EXIT_FAILURE, "%s", path);
	yaml_parser_set_input_file(&parser, f);
	do {
		if (!yaml_parser_parse(&parser, &event))
			errx(EXIT_FAILURE, "%s: %s", path, parser.problem);
		type = event.type;
		yaml_event_delete(&event);
	} while (type != YAML_STREAM_END_EVENT);
	yaml_parser_delete(&parser);
	fclose(f);
}

int
main(int argc, char **argv)
{
	double begin = now();

	for (int i = 1; i < argc; i++)
		parse(argv[i]);
	printf("%.6f\n", now() - begin);
	return 0;
}
