#pragma once
/** What the input alone tells about where frames come from: mistakes that would else be told after hours of dynamics. */
#include "base/params.h"

/** Sections quench, respond and analyze, as far as they look at the frames of section run: is there such a stage, and does it store any.
 *  Bound input. */
NODISCARD Status input_check_sources(const Params *root);
/** Whether some stage of the run stores frames, or finds inherent structures while running. False without section run. */
bool input_stores_frames(const Params *root);
bool input_quenches_running(const Params *root);
