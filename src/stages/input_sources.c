/* A stage that section quench or a pass names must be in section run and leave what they look at: frames, or inherent structures. Nothing
 * can be said of frames from elsewhere (`from`), nor where the input has no section run. */
#include "input_sources.h"

#include <fnmatch.h>
#include <string.h>

#include "analysis/pass.h"

static bool saves(const Params *stage) { return params_choice(params_section(stage, "save"), "spacing") > 0; }
static bool quenches(const Params *stage) { return params_has(stage, "quench_every"); }

/* Any stage of the run for which `is` holds. */
static bool any(const Params *root, bool (*is)(const Params *stage)) {
  const Params *run = params_section(root, "run");
  for (int k = 0; run && k < params_count(run, "stages"); k++)
    if (is(params_item(run, "stages", k))) return true;
  return false;
}
bool input_stores_frames(const Params *root) { return any(root, saves); }
bool input_quenches_running(const Params *root) { return any(root, quenches); }

/* own: the section that looks at frames, perhaps with key `stage`; of inherent structures too where `inherent`. */
static Status check_stage(const Params *root, const Params *own, bool inherent) {
  const Params *run   = params_section(root, "run");
  const char *wanted  = params_has(own, "stage") ? params_string(own, "stage") : "*";
  const char *missing = NULL;
  for (int k = 0; k < params_count(run, "stages"); k++) {
    const Params *stage = params_item(run, "stages", k);
    const char *name    = params_string(stage, "name");
    if (fnmatch(wanted, name, 0) != 0) continue;
    if (saves(stage) || (inherent && quenches(stage))) return STATUS_OK;
    missing = name;
  }
  if (!params_has(own, "stage")) return params_fail(own, NULL, "no stage of the run stores frames: give one a `save`, or say `from`");
  if (missing) return params_fail(own, "stage", "stage '%s' of the run stores no frames: it needs a `save`", missing);
  return params_fail(own, "stage", "no stage of the run is named '%s'", wanted);
}

static Status check_passes(const Params *root) {
  for (int k = 0; k < params_count(root, "analyze"); k++) {
    const Params *item   = params_item(root, "analyze", k);
    const PassType *pass = pass_find(params_string(item, "pass"));
    if (!params_has(item, "from")) TRY(check_stage(root, item, pass && (pass->needs & NEEDS_INHERENT)));
  }
  return STATUS_OK;
}

Status input_check_sources(const Params *root) {
  const Params *quench = params_section(root, "quench"), *respond = params_section(root, "respond");
  const Params *dipole = params_section(respond, "dipole");
  if (params_section(respond, "pseudoharmonic") && params_is_word(dipole, "pairs") && strcmp(params_string(dipole, "pairs"), "none") == 0)
    return params_fail(dipole, "pairs", "pseudoharmonic modes start from dipole responses: they need pairs");
  if (params_integer(respond, "store_vectors") > 0 && params_integer(respond, "modes") == 0 && !params_section(respond, "pseudoharmonic"))
    return params_fail(respond, "store_vectors", "vectors of which modes? say `modes` or `pseudoharmonic`, too");
  if (!params_section(root, "run")) return STATUS_OK;
  const bool is_elsewhere = params_has(quench, "from"), is_running = !params_has(quench, "stage") && input_quenches_running(root);
  if (params_given(root, "quench") && !is_elsewhere && !is_running) TRY(check_stage(root, quench, false));
  if (params_given(root, "respond") && !params_has(respond, "from") && !is_elsewhere && !input_stores_frames(root))
    return params_fail(root, "respond", "no stage of the run stores frames to quench: give one a `save`, or say `respond.from`");
  return check_passes(root);
}
