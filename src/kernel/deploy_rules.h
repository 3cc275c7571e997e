/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How often the rules of a loaded bundle decided.  A part of kernel/deploy.h.
 */

#include "kernel/deploy.h"

/*
 * Fills the rules of RET, whose newest generation is to be of BUNDLE.  0 or an
 * errno value, as for the functions of kernel/deploy.h.
 */
int deploy_read_rules(struct deploy *d, const struct bundle_content *bundle,
    struct deploy_status *ret);
