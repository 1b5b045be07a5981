#pragma once
/** Frames that come from elsewhere, made to fit what frame.h promises. Private to storage. */
#include "base/status.h"
#include "matter/frame.h"
#include "matter/mixture.h"

/** Wrap positions into [0, edge), counting in image what was taken off; sort by id. `where` ("FILE" or "FILE: frame 3") opens messages.
 *  Refuses edges that are not positive, positions or velocities that are not finite, ids that are negative or occur twice. */
NODISCARD Status tidy_frame(Frame *frame, const char *where);
