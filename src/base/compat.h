/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What differs between C libraries, in one place: the headers of libbsd that
 * the project uses.
 */

#include <bsd/unistd.h>
