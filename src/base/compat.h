/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What differs between C libraries, in one place: the libbsd headers that the
 * project uses, with the definitions that they need first.
 */

#ifndef __unused
#define __unused __attribute__((unused))
#endif
#define LIBBSD_OPENBSD_VIS
#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <bsd/sys/queue.h>
#include <bsd/vis.h>
