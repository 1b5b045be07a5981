/* Hard spheres in the Percus-Yevick approximation, exactly, and with Verlet's and Weis' correction. d = 1, rho = 6 phi / pi.
 *
 * Structure factor (Wertheim, Phys. Rev. Lett. 10, 321 (1963)): c(r) = -(l1 + 6 phi l2 r + (phi/2) l1 r^3) for r < 1, 0 beyond, with
 *   l1 = (1+2phi)^2 / (1-phi)^4,   l2 = -(1+phi/2)^2 / (1-phi)^4,   S = 1 / (1 - rho c(q)),   S - 1 = rho c S
 *   rho c(q) = -24 phi int_0^1 (l1 + 6 phi l2 r + (phi/2) l1 r^3) r sin(qr) / q dr.
 * The closed form loses q^-6 digits at small q; below q = 2.5 the moments are summed instead,
 *   rho c(q) = -24 phi sum_k (-q^2)^k / (2k+1)! [l1/(2k+3) + 6 phi l2/(2k+4) + (phi/2) l1/(2k+6)].
 *
 * Pair function: the Laplace transform of r g(r) is t L e^-t / (S + 12 phi L e^-t), L = (1+phi/2) t + 1 + 2 phi and
 * S = (1-phi)^2 t^3 + 6 phi (1-phi) t^2 + 18 phi^2 t - 12 phi (1+2phi). Expanded in e^-t, shell n = 1, 2, .. sets in at r = n:
 *   r g(r) = sum_n H_n(r - n),  H_n(x) = (-12 phi)^(n-1) sum_i Res_{t_i} t (L/S)^n e^{tx}
 * over the three roots t_i of S (Cardano), poles of order n. With t = t_i + z and S = z s(z) the residue is the coefficient of z^(n-1) in
 * t (L/s)^n e^{t_i x} e^{zx}: a polynomial in x from truncated power series. The sum ends at r = LIQUID_SHELLS + 1 and
 * holds 1e-12 up to r = 6, 1e-10 up to r = 8 (the shells cancel). It becomes
 * negative at its first minimum above phi = 0.6125745: an artefact of PY that is reported, not hidden.
 *
 * Verlet-Weis: PY at phi_w = phi - phi^2/16 with diameter d_w = (phi_w/phi)^(1/3) (the same density), in g(r) set to 0 below r = 1 and with
 *   (A/r) e^{-mu(r-1)} cos mu(r-1),   A = (3/4) phi_w^2 (1 - 0.7117 phi_w - 0.114 phi_w^2) / (1-phi_w)^4,   mu = 24 A / (phi_w g_w(1)).
 * S(q) is that of the PY liquid behind it, S_PY(q d_w; phi_w), as usual in theories of the glass transition: the transform of the
 * corrected g(r) has a wrong compressibility above freezing (0.020 at phi = 0.6, where Carnahan-Starling has 0.0062). */
#include "theory/liquid.h"

#include <complex.h>
#include <math.h>
#include <stddef.h>

#include "base/error.h"
#include "math/roots.h"
#include "math/spline.h"

/* ---- S(q) ------------------------------------------------------------------------------------------------------------------ */

static double direct_moments(const Liquid *liquid, double q) {
  const double l1 = liquid->lambda1, l2 = liquid->lambda2, phi = liquid->packing;
  double sum = 0, factor = 1;
  for (int k = 0; k < 24; k++) {
    const double m = 2 * k;
    sum += factor * (l1 / (m + 3) + 6 * phi * l2 / (m + 4) + 0.5 * phi * l1 / (m + 6));
    factor *= -q * q / ((m + 2) * (m + 3));
    if (fabs(factor) < 1e-18) break;
  }
  return -24 * phi * sum;
}

static double direct_closed(const Liquid *liquid, double q) {
  const double l1 = liquid->lambda1, l2 = liquid->lambda2, phi = liquid->packing;
  const double s = sin(q), c = cos(q), q2 = q * q;
  const double first  = l1 * (s - q * c) / (q2 * q);
  const double second = 6 * phi * l2 * (2 * q * s + (2 - q2) * c - 2) / (q2 * q2);
  const double third  = 0.5 * phi * l1 * ((4 * q2 - 24) * q * s - ((q2 - 12) * q2 + 24) * c + 24) / (q2 * q2 * q2);
  return -24 * phi * (first + second + third);
}

double liquid_excess(const Liquid *liquid, double q) {
  if (liquid->closure == CLOSURE_TABLE) {
    if (q > liquid->q_last) return 0;
    return spline_value(liquid->table, fmax(q, liquid->q_first)) - 1;
  }
  q *= liquid->diameter;
  const double direct = q < 2.5 ? direct_moments(liquid, q) : direct_closed(liquid, q);
  return direct / (1 - direct);
}

/* Measured: 20 points on panels of pi/8 hold 1e-11 up to packing 0.7, half as wide ones up to 0.75, then 0.035 more halve them again. */
int liquid_refinement(const Liquid *liquid) {
  if (liquid->closure == CLOSURE_TABLE) return 1;
  return (int)ceil(exp2(fmax(0, (liquid->packing - 0.68) / 0.035)));
}

/* w = q^2 (S-1)^2 / (24 pi phi), k = q^2/3 beyond Q: with c = rest Q^3 / (24 pi phi), x = Q r / sqrt 3
 *   int_Q w e^{-k r^2} dq = c (e^{-x^2} - sqrt(pi) x erfc x),   its slope -c (Q / sqrt 3) sqrt(pi) erfc x. F lacks minus that. */
void liquid_missing(const Liquid *liquid, double r, double *value, double *slope) {
  const double pi = 3.14159265358979323846, q = liquid->q_last, x = q * r / sqrt(3);
  const double scale = liquid->closure == CLOSURE_TABLE ? liquid->rest * q * q * q / (24 * pi * liquid->phi) : 0;
  *value             = fmax(0, scale * (exp(-x * x) - sqrt(pi) * x * erfc(x)));
  *slope             = scale * q / sqrt(3) * sqrt(pi) * erfc(x);
}

double liquid_tail(const Liquid *liquid, double *wave) {
  *wave = liquid->diameter;
  if (liquid->closure == CLOSURE_TABLE) return 0;
  const double phi = liquid->packing;
  return 24 * phi * (1 + 0.5 * phi) / ((1 - phi) * (1 - phi)) / (liquid->diameter * liquid->diameter);
}

/* ---- g(r) ------------------------------------------------------------------------------------------------------------------ */

enum { N_SERIES = LIQUID_SHELLS };
typedef struct Series {
  double complex c[N_SERIES]; /* truncated power series in z */
} Series;

static Series series_product(const Series *a, const Series *b) {
  Series product = {{0}};
  for (int i = 0; i < N_SERIES; i++)
    for (int j = 0; i + j < N_SERIES; j++) product.c[i + j] += a->c[i] * b->c[j];
  return product;
}

static Series series_quotient(const Series *a, const Series *b) {
  Series quotient = {{0}};
  for (int i = 0; i < N_SERIES; i++) {
    double complex rest = a->c[i];
    for (int j = 1; j <= i; j++) rest -= b->c[j] * quotient.c[i - j];
    quotient.c[i] = rest / b->c[0];
  }
  return quotient;
}

/* The roots of S: with t = (s - 2 phi) / (1 - phi), s^3 + 6 phi^2 s - 4 phi f = 0, f = 3 + 3 phi - phi^2. */
static void find_poles(double phi, double complex poles[2]) {
  const double f = 3 + 3 * phi - phi * phi;
  const double u = cbrt(2 * phi * f + sqrt(4 * phi * phi * f * f + 8 * pow(phi, 6))), v = -2 * phi * phi / u;
  const double complex turn = -0.5 + I * sqrt(0.75);
  poles[0]                  = (u + v - 2 * phi) / (1 - phi);
  poles[1]                  = (u * turn + v * conj(turn) - 2 * phi) / (1 - phi);
}

/* Polynomials of all shells at one pole. */
static void expand_pole(Liquid *liquid, int which, double complex t) {
  const double phi = liquid->packing, e = 1 - phi;
  const Series top    = {{(1 + 0.5 * phi) * t + 1 + 2 * phi, 1 + 0.5 * phi}};
  const Series bottom = {{3 * e * e * t * t + 12 * phi * e * t + 18 * phi * phi, 3 * e * e * t + 6 * phi * e, e * e}};
  const Series ratio  = series_quotient(&top, &bottom);
  Series term         = {{t, 1}};
  double strength     = which == 0 ? 1 : 2; /* the conjugate pole */
  for (int shell = 0; shell < LIQUID_SHELLS; shell++) {
    term             = series_product(&term, &ratio);
    double factorial = 1;
    for (int k = 0; k <= shell; k++) { /* coefficient of z^shell in term(z) e^{zx} */
      if (k > 0) factorial *= k;
      const double complex value                    = strength * term.c[shell - k] / factorial;
      liquid->shells[shell].polynomial[which][k][0] = creal(value);
      liquid->shells[shell].polynomial[which][k][1] = cimag(value);
    }
    strength *= -12 * phi;
  }
}

/* r g(r) of the PY liquid of diameter 1 and its slope. */
static double pair_moment(const Liquid *liquid, double r, double *slope) {
  double sum = 0, rise = 0;
  for (int shell = 0; shell < LIQUID_SHELLS && r >= shell + 1; shell++) {
    const double x = r - (shell + 1);
    for (int i = 0; i < 2; i++) {
      const double complex t = liquid->pole[i][0] + I * liquid->pole[i][1];
      double complex value = 0, derivative = 0;
      for (int k = shell; k >= 0; k--) {
        const double *c = liquid->shells[shell].polynomial[i][k];
        derivative      = derivative * x + value;
        value           = value * x + c[0] + I * c[1];
      }
      const double complex wave = cexp(t * x);
      sum += creal(wave * value);
      rise += creal(wave * (t * value + derivative));
    }
  }
  *slope = rise;
  return sum;
}

double liquid_pair(const Liquid *liquid, double r, double *slope) {
  double value = NAN, rise = NAN;
  const double scaled = r / liquid->diameter;
  if (r < 1) {
    value = rise = 0;
  } else if (liquid->closure != CLOSURE_TABLE && scaled < LIQUID_SHELLS + 1) {
    const double moment = pair_moment(liquid, scaled, &rise);
    value               = moment / scaled;
    rise                = (rise - value) / r;
    if (liquid->amplitude > 0) {
      const double y = liquid->decay * (r - 1), extra = liquid->amplitude * exp(-y) / r;
      value += extra * cos(y);
      rise -= extra * (cos(y) / r + liquid->decay * (cos(y) + sin(y)));
    }
  }
  if (slope != NULL) *slope = rise;
  return value;
}

/* ---- making ---------------------------------------------------------------------------------------------------------------- */

void liquid_hard_spheres(Liquid *liquid, double phi, Closure closure) {
  require(phi > 0 && phi < 1 && closure != CLOSURE_TABLE, "hard spheres at phi = %g", phi);
  *liquid                 = (Liquid){.closure = closure, .phi = phi, .packing = phi, .diameter = 1};
  const bool is_corrected = closure == CLOSURE_VERLET_WEIS;
  if (is_corrected) {
    liquid->packing  = phi - phi * phi / 16;
    liquid->diameter = cbrt(liquid->packing / phi);
  }
  const double eta = liquid->packing, e = 1 - eta;
  liquid->lambda1 = (1 + 2 * eta) * (1 + 2 * eta) / (e * e * e * e);
  liquid->lambda2 = -(1 + 0.5 * eta) * (1 + 0.5 * eta) / (e * e * e * e);
  double complex poles[2];
  find_poles(eta, poles);
  for (int i = 0; i < 2; i++) {
    liquid->pole[i][0] = creal(poles[i]);
    liquid->pole[i][1] = cimag(poles[i]);
    expand_pole(liquid, i, poles[i]);
  }
  const double contact = (1 + 0.5 * eta) / (e * e);
  if (is_corrected) {
    liquid->amplitude = 0.75 * eta * eta * (1 - 0.7117 * eta - 0.114 * eta * eta) / (e * e * e * e);
    liquid->decay     = 24 * liquid->amplitude / (eta * contact);
  }
  liquid->contact = is_corrected ? liquid_pair(liquid, 1, NULL) : contact;
}

void liquid_measured(Liquid *liquid, double phi, double contact, const Spline *table, double q_first, double q_last) {
  require(phi > 0 && phi < 1 && q_first < q_last, "a table of S(q) at phi = %g on [%g, %g]", phi, q_first, q_last);
  *liquid = (Liquid){.closure  = CLOSURE_TABLE,
                     .phi      = phi,
                     .packing  = phi,
                     .diameter = 1,
                     .contact  = contact,
                     .table    = table,
                     .q_first  = q_first,
                     .q_last   = q_last};
}

/* ---- landmarks ------------------------------------------------------------------------------------------------------------- */

static double pair_slope(double r, void *liquid) {
  double slope = NAN;
  liquid_pair(liquid, r, &slope);
  return slope;
}

void liquid_cage(const Liquid *liquid, double *r, double *g) {
  *r = *g = NAN;
  if (liquid->closure == CLOSURE_TABLE) return;
  Liquid copy = *liquid;
  for (double left = 1; left < 1.95; left += 0.01)
    if (pair_slope(left, &copy) < 0 && pair_slope(left + 0.01, &copy) >= 0) {
      *r = root_between(pair_slope, &copy, left, left + 0.01, 0);
      *g = liquid_pair(liquid, *r, NULL);
      return;
    }
}

static double negative_excess(double q, void *liquid) { return -liquid_excess(liquid, q); }

void liquid_peak(const Liquid *liquid, double q_low, double q_high, double *q, double *height) {
  enum { POINTS = 2000 };
  *q = *height      = NAN;
  Liquid copy       = *liquid;
  const double step = (q_high - q_low) / POINTS;
  int best          = 0;
  for (int i = 1; i <= POINTS; i++)
    if (liquid_excess(liquid, q_low + i * step) > liquid_excess(liquid, q_low + best * step)) best = i;
  if (best == 0 || best == POINTS) return;
  const double middle = q_low + best * step;
  *q                  = minimum_between(negative_excess, &copy, middle - step, middle, middle + step);
  *height             = 1 + liquid_excess(liquid, *q);
}
