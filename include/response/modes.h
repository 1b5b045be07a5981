#pragma once
/** Lowest vibrational modes of an inherent structure, and the density of states of an ensemble of them. */
#include "response/solid.h"

typedef struct Modes {
  int n;                 /* modes found */
  int n_zero;            /* zero modes, translations included: d if the solid is positive, else counted to rounding */
  int n_negative;        /* directions downhill */
  bool is_counted;       /* the two counts are known; else they are lower bounds */
  double *eigenvalue;    /* [n] ascending, beside the translations; eps/sigma^2 */
  double *participation; /* [n] (sum |u_i|^2)^2 / (N sum |u_i|^4) */
  double *vector;        /* [n][particles * d] orthonormal */
} Modes;

/** Up to n_modes lowest modes (at most a quarter of all); counts only (n = 0) if the solid is not positive or has no factor. */
NODISCARD Status modes_compute(const Solid *solid, int n_modes, Modes *modes);
void modes_clear(Modes *modes);
/** (sum |z_i|^2)^2 / (N sum |z_i|^4) of z [n][d]: 1 for a translation, 1/N for one particle. */
double participation_ratio(const double *z, int n, int d);

/** Lowest modes of one configuration of an ensemble: frequencies omega = sqrt(eigenvalue), unit masses. */
typedef struct Spectrum {
  int n;                    /* lowest modes known */
  int64_t freedom;          /* d N, the number of all modes; N without rattlers */
  const double *eigenvalue; /* [n] ascending; lent */

} Spectrum;

/** Frequency up to which all modes of all these spectra are known (chosen[n] indices; NULL: all n). */
double modes_complete_below(const Spectrum *spectra, const int *chosen, int n);
/** A_g of D(omega) = A_g omega^4 below the first phonon, D = (d N)^-1 sum delta(omega - omega_l): least squares of the cumulative number,
 *  int D = A_g omega^5/5, at the modes below `limit`. NaN without any. A Statistic (math/statistics.h) over QuarticSample.
 */
typedef struct QuarticSample {
  const Spectrum *spectra;
  double limit;
} QuarticSample;
double modes_quartic_prefactor(const void *sample, const int *chosen, int n);
/** Modes below limit of all n spectra. */
int modes_count_below(const Spectrum *spectra, int n, double limit);
/** Exponent of the cumulative number of modes below limit, were it a power of omega: (n - 1)/sum ln(limit/omega), 5 for the quartic law;
 * *error: its standard error, modes taken for independent. NaN with fewer than three modes. */
double modes_cumulative_exponent(const Spectrum *spectra, int n, double limit, double *error);
