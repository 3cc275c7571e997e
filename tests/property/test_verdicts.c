/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Random worlds, each of which must agree with the oracle (verdicts.h).
 *
 *     test_verdicts N                               N worlds
 *     CNPC_SEED=S CNPC_WORLDS=1 test_verdicts N     the world of one seed
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "verdicts.h"

int
main(int argc, char **argv)
{
	return worlds_main(argc, argv, verdicts_difference);
}
