/* SPDX-License-Identifier: Apache-2.0 */
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
