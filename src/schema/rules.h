/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The functions that the schema files name as `check`.  Each gets the decoded
 * struct and calls decoder_reject() for what is wrong with it.  Private to
 * schema/.
 */

#include "schema/table.h"

schema_check schema_check_banp_name;
schema_check schema_check_icmp_type;
schema_check schema_check_k8s_selector;
schema_check schema_check_kcnp_named_port;
schema_check schema_check_np_ip_block;
schema_check schema_check_np_port;
schema_check schema_check_port_range;
