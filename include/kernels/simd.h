#pragma once
/** Which instruction set is used: chosen once at the start, the best the machine has or the one asked for. */
#include "base/status.h"
#include "kernels/list_build.h"
#include "kernels/move.h"
#include "kernels/records.h"

typedef struct KernelSet {
  const char *name; /* "v4", "v3", "v1" */
  int width;        /* lanes of a chunk */
  void (*list_build)(const ListInput *input, ListScratch *scratch, List *list);
  /** v given what is owed, scaled and kicked, x drifted. Returns the largest |x - x0|^2 - skin^2, sigma^2: positive if some particle left
   * its skin. */
  double (*move_first)(const MoveArrays *arrays, const MoveStep *step);
  /** x of the range drifted by `direction` ([4 count] of it, sigma; slot 3 is 0) times drift * unit; v is not touched. Returns what
   *  move_first returns. */
  double (*move_along)(const MoveArrays *arrays, const double *direction, const MoveStep *step);
  /** The exact sum of v^2 over the range, as it is when v will have been given what is owed, in units of 2^MOVE_SQUARE_EXPONENT. */
  Wide (*move_second)(const MoveArrays *arrays, const MoveStep *step);
  /** v given what is owed. */
  void (*move_settle)(const MoveArrays *arrays, const MoveStep *step);
  /** Skins by the rule; returns the largest. Then x0 <- x with the skins, less the margin; images follow. */
  double (*move_skins)(const MoveArrays *arrays, const MoveSkins *rule);
  void (*move_mark)(const MoveArrays *arrays, const MoveSkins *rule);
  Wide (*records_dot)(size_t n, const double *a, const double *b, int exponent);                    /* a.b in units of 2^exponent */
  RecordSums (*records_sums)(size_t n, const double *f, const double *v, const RecordGrids *grids); /* all in one pass */
  /** out <- s a + t b; out <- a b by components. Both return the largest |component| of out, which may be a or b. */
  double (*records_mix)(size_t n, double *out, double s, const double *a, double t, const double *b);
  double (*records_multiply)(size_t n, double *out, const double *a, const double *b);
  void (*records_forces)(size_t n, double *out, const int64_t *sums, double unit); /* out <- sums * unit, slot 3 <- 0 */
  double (*records_extent)(size_t n, const double *a);                             /* largest |component| */
  double (*records_largest)(size_t n, const double *a);                            /* largest squared length of a record */
} KernelSet;

/** "auto", "v4", "v3" or "v1". STATUS_INPUT if unknown or not supported by this machine. */
NODISCARD Status simd_select(const char *name);
const char *simd_name(void);
/** 0: v4, 1: v3, 2: v1. */
int simd_index(void);
const KernelSet *simd_kernels(void);
/** Bytes of the core's second-level cache; 512 KiB where the system does not tell. */
int64_t simd_cache(void);
