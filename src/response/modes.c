/** Lanczos on the inverse finds the lowest modes with the factor that is there already, which also says that the translations are the only
 *  zero modes; a configuration that is not positive is asked how many zero modes and directions downhill it has.
 *
 *  Quartic law. Of M configurations with d N modes each, the k-th lowest mode below the limit stands for the cumulative share
 *  (k - 1/2)/(M d N); A_g = 5 sum y_k omega_k^5 / sum omega_k^10 is the least-squares slope through the origin. The limit keeps phonons
 *  out and stays where every configuration's modes are known. Whether the law holds below it is told by the exponent of the cumulative
 * number, by maximum likelihood (Hill's estimator, without its bias). Normalisation: per mode (d N), omega in reduced units (not scaled by
 *  c_s/a_0). */
#include "response/modes.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/lanczos.h"

static const double ZERO = 1e-10; /* of the largest bound of an eigenvalue */

double participation_ratio(const double *z, int n, int d) {
  double second = 0, fourth = 0;
  for (int i = 0; i < n; i++) {
    double square = 0;
    for (int a = 0; a < d; a++) square += z[i * d + a] * z[i * d + a];
    second += square;
    fourth += square * square;
  }
  return second * second / (n * fourth);
}

static Status find_modes(const Solid *solid, int n_modes, Modes *modes) {
  const int n = solid->pairs.n, d = solid->pairs.dim, most = n * d / 4; /* as far as Lanczos goes */
  const size_t count = (size_t)(n_modes < most ? n_modes : most), length = (size_t)n * (size_t)d;
  bool is_done         = false;
  modes->eigenvalue    = memory_array(count, sizeof *modes->eigenvalue);
  modes->participation = memory_array(count, sizeof *modes->participation);
  modes->vector        = memory_array(count * length, sizeof *modes->vector);
  TRY(lanczos_lowest(solid->factor, (int)count, modes->eigenvalue, modes->vector, &is_done));
  modes->n = is_done ? (int)count : 0;
  for (int k = 0; k < modes->n; k++) modes->participation[k] = participation_ratio(modes->vector + (size_t)k * length, n, d);
  return STATUS_OK;
}

Status modes_compute(const Solid *solid, int n_modes, Modes *modes) {
  *modes = (Modes){.n_zero = solid->pairs.dim, .is_counted = true};
  if (solid->is_positive) return solid->factor && n_modes > 0 ? find_modes(solid, n_modes, modes) : STATUS_OK;
  ModeCount count = {0};
  TRY(lanczos_count_modes(&solid->hessian.matrix, ZERO, &count, &modes->is_counted));
  modes->n_zero += count.zero;
  modes->n_negative = count.negative;
  return STATUS_OK;
}

void modes_clear(Modes *modes) {
  memory_free(modes->eigenvalue);
  memory_free(modes->participation);
  memory_free(modes->vector);
  *modes = (Modes){0};
}

/* ---- ensembles ---------------------------------------------------------------------------------------------------------------- */

double modes_complete_below(const Spectrum *spectra, const int *chosen, int n) {
  double limit = INFINITY;
  for (int k = 0; k < n; k++) {
    const Spectrum *s = &spectra[chosen ? chosen[k] : k];
    limit             = fmin(limit, s->n > 0 ? sqrt(s->eigenvalue[s->n - 1]) : 0);
  }
  return n > 0 ? limit : 0;
}

int modes_count_below(const Spectrum *spectra, int n, double limit) {
  int count = 0;
  for (int k = 0; k < n; k++)
    for (int l = 0; l < spectra[k].n && sqrt(spectra[k].eigenvalue[l]) < limit; l++) count++;
  return count;
}

static int compare_doubles(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double modes_quartic_prefactor(const void *sample, const int *chosen, int n) {
  const QuarticSample *quartic = sample;
  size_t capacity = 0, count = 0;
  void *array    = NULL;
  double freedom = 0;
  for (int k = 0; k < n; k++) {
    const Spectrum *s = &quartic->spectra[chosen[k]];
    freedom += (double)s->freedom;
    for (int l = 0; l < s->n && sqrt(s->eigenvalue[l]) < quartic->limit; l++) {
      memory_grow(&array, &capacity, count + 1, count, sizeof(double));
      ((double *)array)[count++] = sqrt(s->eigenvalue[l]);
    }
  }
  double xy = 0, xx = 0;
  if (count > 0) qsort(array, count, sizeof(double), compare_doubles);
  for (size_t k = 0; k < count; k++) {
    const double x = pow(((double *)array)[k], 5) / 5;
    xy += ((double)k + 0.5) / freedom * x;
    xx += x * x;
  }
  memory_free(array);
  return count == 0 ? NAN : xy / xx;
}

double modes_cumulative_exponent(const Spectrum *spectra, int n, double limit, double *error) {
  double sum      = 0;
  const int count = modes_count_below(spectra, n, limit);
  *error          = NAN;
  if (count < 3) return NAN;
  for (int k = 0; k < n; k++)
    for (int l = 0; l < spectra[k].n && sqrt(spectra[k].eigenvalue[l]) < limit; l++) sum += log(limit / sqrt(spectra[k].eigenvalue[l]));
  *error = (count - 1) / sum / sqrt(count - 2);
  return (count - 1) / sum;
}
