/* Section `quench` in the terms of the minimisers. */
#include "quench_plan.h"

Status quench_plan_read(const Params *root, const Potential *potential, const void *parameters, const Mixture *mixture, QuenchPlan *plan) {
  const Params *own = params_section(root, "quench");
  *plan             = (QuenchPlan){
                  .own       = own,
                  .task      = {.potential  = potential,
                                .parameters = parameters,
                                .mixture    = mixture,
                                .minimizer  = minimizer_find(params_string(own, "minimizer")),
                                .goal       = {.force_tolerance = params_double(own, "force_tolerance"),
                                               .max_evaluations = params_integer(own, "max_evaluations"),
                                               .step            = params_double(own, "step"),
                                               .flow_tolerance  = params_double(own, "flow_tolerance")}},
                  .other     = params_has(own, "compare") ? minimizer_find(params_string(own, "compare")) : NULL,
                  .from      = params_has(own, "from") ? params_string(own, "from") : NULL,
                  .stage     = params_has(own, "stage") ? params_string(own, "stage") : NULL,
                  .has_frame = params_has(own, "frame"),
                  .every     = params_integer(own, "every"),
                  .bisect    = params_integer(own, "bisect"),
                  .threshold = params_double(own, "threshold"),
  };
  if (plan->has_frame) plan->frame = params_integer(own, "frame");
  if (plan->has_frame && params_given(own, "every")) return params_fail(own, "every", "goes without 'frame'");
  if (plan->other == plan->task.minimizer) return params_fail(own, "compare", "is the minimizer itself");
  if (plan->bisect > 0 && plan->other) return params_fail(own, "compare", "goes without 'bisect'");
  return STATUS_OK;
}
