/** The quartic law of the density of states: modes drawn from it give its prefactor back; limits, counts, participation ratios. */
#include "response/modes.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/rng.h"
#include "check.h"

enum { N_SPECTRA = 400, MODES = 12, FREEDOM = 3000 };

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/** Cumulative share A omega^5/5: omega = (5 u/A)^(1/5), u the place of each of the d N modes if they were drawn from it up to u = 1. */
static void test_quartic(void) {
  const double a    = 3e-3;
  double *all       = memory_array(N_SPECTRA * FREEDOM, sizeof *all);
  Spectrum *spectra = memory_array(N_SPECTRA, sizeof *spectra);
  int chosen[N_SPECTRA];
  for (int k = 0; k < N_SPECTRA; k++) {
    double *own = all + (size_t)k * FREEDOM;
    for (int l = 0; l < FREEDOM; l += 2) rng_uniform2((RngKey){3, 0, RNG_TEST}, (uint64_t)l, (uint64_t)k, &own[l]);
    for (int l = 0; l < FREEDOM; l++) own[l] = pow(5 * own[l] / a, 0.4); /* eigenvalue = omega^2 */
    qsort(own, FREEDOM, sizeof *own, compare);
    spectra[k] = (Spectrum){.n = MODES, .freedom = FREEDOM, .eigenvalue = own};
    chosen[k]  = k;
  }
  const double limit = modes_complete_below(spectra, NULL, N_SPECTRA);
  const int count    = modes_count_below(spectra, N_SPECTRA, limit);
  for (int k = 0; k < N_SPECTRA; k++) CHECK(sqrt(spectra[k].eigenvalue[MODES - 1]) >= limit);
  CHECK_RESULT_(count > 500, "%d modes below %g", count, limit);
  const QuarticSample sample = {spectra, limit};
  const double got           = modes_quartic_prefactor(&sample, chosen, N_SPECTRA);
  CHECK_CLOSE(got, a, 4 / sqrt(count));
  printf("A_g %.4g from %d modes, true %g\n", got, count, a);
  double error;
  const double exponent = modes_cumulative_exponent(spectra, N_SPECTRA, limit, &error);
  CHECK_CLOSE(exponent, 5, 4 / sqrt(count));
  CHECK_CLOSE(error, 5 / sqrt(count), 0.2);
  CHECK(isnan(modes_cumulative_exponent(spectra, N_SPECTRA, limit * 0.1, &error)) && isnan(error));
  const QuarticSample few = {spectra, limit * 0.1};
  CHECK(isnan(modes_quartic_prefactor(&few, chosen, N_SPECTRA)));
  spectra[7].n = 0;
  CHECK(modes_complete_below(spectra, NULL, N_SPECTRA) == 0 && modes_complete_below(spectra, (int[]){1, 2}, 2) > 0);
  memory_free(spectra);
  memory_free(all);
}

int main(void) {
  const double plane[] = {1, 0, 1, 0, -1, 0}, single[] = {0, 0, 3, 4, 0, 0};
  CHECK_CLOSE(participation_ratio(plane, 3, 2), 1, 1e-15);
  CHECK_CLOSE(participation_ratio(single, 3, 2), 1.0 / 3, 1e-15);
  test_quartic();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
