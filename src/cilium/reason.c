/* SPDX-License-Identifier: Apache-2.0 */
/* The words for drop reasons. */
#include "cilium/reason.h"

#include <stddef.h>

const char *
drop_reason_text(enum drop_reason reason)
{
	switch (reason) {
	case REASON_NONE:
		return NULL;
	case REASON_POLICY_DENIED:
		return "Policy denied";
	case REASON_INVALID_PACKET:
		return "Invalid packet";
	case REASON_UNKNOWN_L4:
		return "CT: Unknown L4 protocol";
	case REASON_UNSUPPORTED_L3:
		return "Unsupported L3 protocol";
	case REASON_FRAGMENT:
		return "IP fragmentation not supported";
	case REASON_NO_BACKEND:
		return "Service backend not found";
	case REASON_POLICY_DENY:
		return "Policy denied by denylist";
	case REASON_AUTH_REQUIRED:
		return "Authentication required";
	}
	return NULL;
}
