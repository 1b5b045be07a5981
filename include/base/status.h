#pragma once
/** How a failure that is not a bug travels: a Status goes up by TRY; it was told once, where it arose, by fail(). */
#include "base/compiler.h"

typedef enum Status {
  STATUS_OK    = 0,
  STATUS_INPUT = 2, /* the user's input is wrong; also the exit code */
  STATUS_FILE  = 3, /* a file cannot be read or written */
  STATUS_LOST  = 4, /* a replica blew up (overlap, NaN); the others go on */
} Status;

#define TRY(call)                                     \
  do {                                                \
    const Status try_status_ = (call);                \
    if (try_status_ != STATUS_OK) return try_status_; \
  } while (0)
