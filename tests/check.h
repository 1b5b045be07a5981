#pragma once
/** The whole test framework: each CHECK counts, a failed one prints file:line and both values and goes on; main ends with
 *  `return check_report();` (0 if nothing failed). */
#include <math.h>
#include <stdio.h>
#include <string.h>

static int check_count, check_failures;

#define CHECK_RESULT_(good, ...)                              \
  do {                                                        \
    check_count++;                                            \
    if (!(good)) {                                            \
      check_failures++;                                       \
      fprintf(stdout, "%s:%d: failed: ", __FILE__, __LINE__); \
      fprintf(stdout, __VA_ARGS__);                           \
      fputc('\n', stdout);                                    \
    }                                                         \
  } while (0)

#define CHECK(condition) CHECK_RESULT_((condition), "%s", #condition)

/** |a - b| <= tolerance * max(|a|, |b|); exact if tolerance is 0. NaN never passes. */
#define CHECK_CLOSE(a, b, relative_tolerance)                                                                           \
  do {                                                                                                                  \
    const double check_a_ = (a), check_b_ = (b), check_t_ = (relative_tolerance);                                       \
    CHECK_RESULT_(check_a_ == check_b_ || fabs(check_a_ - check_b_) <= check_t_ * fmax(fabs(check_a_), fabs(check_b_)), \
                  "%s = %.17g, %s = %.17g (tolerance %g)", #a, check_a_, #b, check_b_, check_t_);                       \
  } while (0)

#define CHECK_EQUAL_INT(a, b)                                                                \
  do {                                                                                       \
    const long long check_a_ = (long long)(a), check_b_ = (long long)(b);                    \
    CHECK_RESULT_(check_a_ == check_b_, "%s = %lld, %s = %lld", #a, check_a_, #b, check_b_); \
  } while (0)

#define CHECK_TEXT(a, b)                                                                                               \
  do {                                                                                                                 \
    const char *check_a_ = (a), *check_b_ = (b);                                                                       \
    CHECK_RESULT_(check_a_ != NULL && check_b_ != NULL && strcmp(check_a_, check_b_) == 0, "%s is\n%s\n%s is\n%s", #a, \
                  check_a_ == NULL ? "NULL" : check_a_, #b, check_b_ == NULL ? "NULL" : check_b_);                     \
  } while (0)

static inline int check_report(void) {
  printf("%d checks, %d failed\n", check_count, check_failures);
  return check_failures > 0;
}
