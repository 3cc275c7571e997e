/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a platform takes, for `cnpc explain`.
 */

#include "base/buf.h"
#include "admit/platform.h"

void platform_put(struct buf *out, enum platform p);
