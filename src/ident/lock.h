/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Numbers that earlier runs gave, kept by an IdentityLock
 * (cnpc-identity-lock(5)).  Private to ident/.
 */

#include "ident/numbering.h"

/* Fixes all numbers of locks; their label sets need not exist. */
void lock_numbers(struct numbering *n, const struct object_list *objects);
