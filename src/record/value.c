/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words, numbers and addresses that the formats have in common.
 */
#include "base/num.h"
#include "cilium/reason.h"
#include "record/parts.h"

static const struct record_value verdicts[] = {
    {"FORWARDED", "1", RECORD_PASSED},
    {"DROPPED", "2", RECORD_DROPPED},
    {"AUDIT", "4", RECORD_PASSED},
    {"REDIRECTED", "5", RECORD_PASSED},
    {"Forwarded", "", RECORD_PASSED},
    {"Denied", "", RECORD_DROPPED},
    {"forwarded", "", RECORD_PASSED},
    {"dropped", "", RECORD_DROPPED},
    {0},
};

/* Reasons by the names of Hubble, of its table, and of the monitor. */
static const struct record_value reasons[] = {
    {"POLICY_DENIED", "Policy denied", REASON_POLICY_DENIED},
    {"POLICY_DENY", "Policy denied by denylist", REASON_POLICY_DENY},
    {"AUTH_REQUIRED", "Authentication required", REASON_AUTH_REQUIRED},
    {"SERVICE_BACKEND_NOT_FOUND", "Service backend not found",
	REASON_NO_BACKEND},
    {"CT_UNKNOWN_L4_PROTOCOL", "CT: Unknown L4 protocol", REASON_UNKNOWN_L4},
    {0},
};

const struct record_value *
record_value(const struct record_value *table, struct str text)
{
	for (; text.n > 0 && table->name; table++) {
		if (str_is(text, table->name) || str_is(text, table->number))
			return table;
	}
	return NULL;
}

void
record_set_verdict(struct record *r, struct str text)
{
	const struct record_value *v = record_value(verdicts, text);

	if (v)
		r->verdict = (enum record_verdict)v->value;
}

void
record_set_reason(struct record *r, struct str text)
{
	const struct record_value *v = record_value(reasons, text);
	uint64_t number;

	if (num_u64(text, UINT16_MAX, &number))
		r->reason = (uint32_t)number;
	else if (v)
		r->reason = (uint32_t)v->value;
	else if (text.n > 0 && !str_is(text, "DROP_REASON_UNKNOWN"))
		r->reason = REASON_OTHER;
}

void
record_set_ip(struct record *r, struct record_end *e, struct str text)
{
	if (text.n == 0)
		return;
	if (!ip_parse(text, &e->ip)) {
		r->kind = RECORD_MALFORMED;
		return;
	}
	ip_unmap(&e->ip);
	r->family = e->ip.family;
}
