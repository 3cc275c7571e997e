/* SPDX-License-Identifier: Apache-2.0 */
/* The words for authentication types. */
#include "cilium/auth.h"

#include <stddef.h>

const char *
auth_mode(enum auth_type type)
{
	switch (type) {
	case AUTH_DISABLED:
		return "disabled";
	case AUTH_SPIRE:
		return "required";
	case AUTH_ALWAYS_FAIL:
		return "test-always-fail";
	}
	return NULL;
}

bool
auth_mode_parse(struct str mode, enum auth_type *ret_type)
{
	for (int type = AUTH_DISABLED; type <= AUTH_ALWAYS_FAIL; type++) {
		if (str_is(mode, auth_mode((enum auth_type)type))) {
			*ret_type = (enum auth_type)type;
			return true;
		}
	}
	return false;
}

const char *
auth_print(uint8_t auth)
{
	bool written = auth & AUTH_EXPLICIT;

	switch ((enum auth_type)(auth & AUTH_TYPE)) {
	case AUTH_DISABLED:
		return written ? "disabled" : "";
	case AUTH_SPIRE:
		return written ? "spire" : "spire(derived)";
	case AUTH_ALWAYS_FAIL:
		return written ? "test-always-fail"
			       : "test-always-fail(derived)";
	}
	return "unknown";
}
