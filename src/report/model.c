/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the two models of precedence and of their tiers.
 */
#include "report/model.h"

const char *
model_name(enum ir_model model)
{
	return model == IR_MODEL_CLUSTERWIDE ? "clusterwide" : "cilium";
}

const char *
model_text(enum ir_model model)
{
	return model == IR_MODEL_CLUSTERWIDE
	    ? "clusterwide (cluster-wide rules decide first; "
	      "--precedence=cilium for an agent's verdict)"
	    : "cilium (as an unmodified agent enforces it)";
}

const char *
model_tier_name(enum ir_model model, enum ir_tier tier)
{
	switch (tier) {
	case IR_TIER_ADMIN:
		return "admin";
	case IR_TIER_CLUSTERWIDE:
		return "clusterwide";
	case IR_TIER_NORMAL:
		return model == IR_MODEL_CLUSTERWIDE ? "namespace" : "normal";
	case IR_TIER_BASELINE:
		return "baseline";
	case IR_TIER_DEFAULT:
		return "default";
	}
	return NULL;
}
