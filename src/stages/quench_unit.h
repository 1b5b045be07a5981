#pragma once
/** A unit of work: one frame, or a block of frames that is bisected; done by one group, sent to the root of the world as bytes. */
#include "inherent_files.h"
#include "quench_source.h"

enum { NEW_FILES = -1, LATER_UNIT = -2 };
typedef struct QuenchUnit {
  int source;
  int64_t first, count; /* chosen frames */
  int64_t rows;         /* first unit of a source: rows that may stay in its files, NEW_FILES; else LATER_UNIT */
} QuenchUnit;

typedef struct Parcel { /* bytes on their way */
  char *bytes;
  size_t n, capacity, read;
} Parcel;

/** Quench the unit; the root of the group appends its results to its parcel, in the order of time. Nothing is appended if somebody was
 *  asked to stop meanwhile. Collective: group. */
NODISCARD Status quench_unit_work(const QuenchPlan *plan, QuenchSource *source, const QuenchUnit *unit, Parcel *parcel);
/** Next unit of a parcel begins: how many results. */
int64_t quench_unit_open(Parcel *parcel);
/** Next result: into `frame`, which is of the same system already (ids, species), and row. Whether the group did it, not its root alone. */
bool quench_unit_take(Parcel *parcel, Frame *frame, InherentRow *row);
