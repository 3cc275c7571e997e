/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Why the datapath drops a packet, by the numbers that Cilium gives in its
 * events.  Source: semantics.md 13.5.
 */

enum drop_reason {
	REASON_NONE = 0, /* not dropped */
	REASON_POLICY_DENIED = 133,
	REASON_INVALID_PACKET = 134,
	REASON_UNKNOWN_L4 = 137,
	REASON_UNSUPPORTED_L3 = 139,
	REASON_FRAGMENT = 157,
	REASON_NO_BACKEND = 158,
	REASON_POLICY_DENY = 181, /* by a rule that denies */
	REASON_AUTH_REQUIRED = 189,
};

/* Cilium's words: "Policy denied"; NULL for REASON_NONE. */
const char *drop_reason_text(enum drop_reason reason);
