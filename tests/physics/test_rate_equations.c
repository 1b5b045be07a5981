/* The rate equation of local events: exact solution, inversion, integration, and fits under the named protocols. Reference numbers from
 * quadrature with 40 digits and refits with 30. */
#include "../check.h"
#include "theory/rate_fit.h"
#include "theory/rate_solution.h"

static double y_of(double q) { return -log1p(-q); }

static void exact_solution(void) {
  static const double as[] = {1, 2.5, -0.8, -1.5}, qs[] = {0.1, 0.25, 0.5, 0.9, 0.99, 0.999};
  static const double s[][6] = {
      {0.110905912003562, 0.328794884896382, 0.925275028408041, 4.35887370851087, 10.3798832301777, 16.6145610373812},
      {0.119962909353182, 0.405622921726662, 1.48015419007714, 12.4184410508924, 37.9069688433785, 65.6859656830647},
      {0.101185185336494, 0.25949433276258, 0.558350248105629, 1.44426939528926, 2.51196395471945, 3.54982442804598},
      {0.0977104812681017, 0.237755717609995, 0.467223986373206, 0.996359139678415, 1.54154344838528, 2.05834435357624}};
  static const double of_time[][3] = {/* a, t, q with V0 = V1 */
                                      {1, 1, 0.272238771206969},    {1, 4, 0.632815489467438},    {1, 16, 0.945421854314228},
                                      {2.5, 1, 0.0720947406152218}, {2.5, 16, 0.474732384847268}, {2.5, 64, 0.760769443924359},
                                      {-0.8, 1, 0.414825034482821}, {-0.8, 4, 0.95240910201052},  {-1.5, 1, 0.234062330154187},
                                      {-1.5, 4, 0.85268713591725}};
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 6; j++) {
      CHECK_CLOSE(rate_time(as[i], y_of(qs[j])), s[i][j], 1.1e-13);
      CHECK_CLOSE(rate_progress(as[i], s[i][j]), y_of(qs[j]), 1e-13);
    }
  for (int i = 0; i < 10; i++)
    CHECK_CLOSE(-expm1(-rate_progress(of_time[i][0], of_time[i][1] * exp(-fabs(of_time[i][0])))), of_time[i][2], 1e-13);
}

/* There and back over everything that is allowed; limits at both ends. */
static void whole_range(void) {
  for (double a = -RATE_LARGEST_A; a <= RATE_LARGEST_A; a += 3.7)
    for (double lg = -12; lg <= 3; lg += 0.13) {
      const double y = pow(10, lg), s = rate_time(a, y), condition = y * exp(-a * expm1(-y)) / s;
      CHECK(fabs(rate_progress(a, s) / y - 1) * condition < 2e-13);
    }
  for (double a = -5; a <= 5; a += 0.5) {
    CHECK_CLOSE(rate_time(a, 1e-9), 1e-9, 3e-9);                            /* q ~ s: the initial slope is finite */
    CHECK_CLOSE((rate_time(a, 60) - rate_time(a, 50)) / 10, exp(a), 1e-12); /* terminal rate e^-a */
    CHECK(rate_time(a, 0) == 0 && rate_progress(a, 0) == 0);
  }
  CHECK_CLOSE(rate_time(0, 3), 3, 1e-15); /* Debye */
}

static void integration(void) {
  double s[50], q[50];
  for (double a = -3; a <= 3; a += 0.75) {
    for (int k = 0; k < 50; k++) s[k] = rate_time(a, 0.15 * (k + 1));
    CHECK(rate_integrate(a, 50, s, q));
    for (int k = 0; k < 50; k++) CHECK(fabs(q[k] + expm1(-0.15 * (k + 1))) < 1e-12);
  }
}

typedef struct Case {
  double a, q_beta, q_tau, t_beta, t_tau; /* tau with V0 = V1 */
} Case;
static const Case cases[] = {{1, 0.8155488776, 4.0481067, 0.7892681273, 4.0673332},
                             {2.5, 0.6262466381, 34.8598777, 0.5796383365, 35.0300323},
                             {-0.8, 1.1987776613, 1.6583166, 1.2245153155, 1.6501617},
                             {-1.5, 1.4249534445, 2.6312747, 1.4710213261, 2.6082651}};

static void protocols(void) {
  for (int i = 0; i < 4; i++) {
    RateGrid grid   = {.protocol = RATE_Q, .n = 1000, .q_max = 0.99};
    const double up = exp(fabs(cases[i].a));
    RateFit fit     = rate_fit(cases[i].a, &grid);
    CHECK(fabs(fit.beta - cases[i].q_beta) < 1e-10);
    CHECK(fabs(fit.tau_hat * up - cases[i].q_tau) < 6e-8);
    CHECK(fit.rms > 0.003 && fit.rms < 0.016 && fit.beta_error > 0 && fit.tau_hat_error > 0);
    CHECK_CLOSE(fit.q_end, 0.99, 1e-12);
    CHECK(rate_check(cases[i].a, &grid) < 1e-12);
    grid.protocol = RATE_T;
    fit           = rate_fit(cases[i].a, &grid);
    CHECK(fabs(fit.beta - cases[i].t_beta) < 1e-10);
    CHECK(fabs(fit.tau_hat * up - cases[i].t_tau) < 6e-8);
    grid.protocol        = RATE_L;
    const double shifted = rate_fit(cases[i].a, &grid).beta - fit.beta; /* early points: SER beta up, CER beta down */
    CHECK(cases[i].a > 0 ? shifted > 0.04 && shifted < 0.07 : shifted < -0.045 && shifted > -0.105);
  }
  static const double t_other[][5] = {/* a, q_max .9: beta, tau; q_max .8: beta, tau */
                                      {1, 0.797095, 4.060138, 0.812296, 4.027366},
                                      {2.5, 0.585006, 34.995153, 0.606182, 34.525955},
                                      {-0.8, 1.207567, 1.655763, 1.184897, 1.668750},
                                      {-1.5, 1.426217, 2.628044, 1.373698, 2.667039}};
  for (int i = 0; i < 4; i++)
    for (int k = 0; k < 2; k++) {
      const RateGrid grid = {.protocol = RATE_T, .n = 1000, .q_max = k == 0 ? 0.9 : 0.8};
      const RateFit fit   = rate_fit(t_other[i][0], &grid);
      CHECK(fabs(fit.beta - t_other[i][1 + 2 * k]) < 6e-7);
      CHECK(fabs(fit.tau_hat * exp(fabs(t_other[i][0])) - t_other[i][2 + 2 * k]) < 6e-7);
    }
  const RateGrid few = {.protocol = RATE_T, .n = 100, .q_max = 0.99};
  CHECK_CLOSE(rate_fit(1, &few).beta, 0.788919005587655, 1e-13);
  CHECK_CLOSE(rate_fit(1, &few).tau_hat, 1.49595263848569, 1e-13);
  CHECK_CLOSE(rate_fit(-1.5, &few).beta, 1.47112759183175, 1e-13);
  CHECK_CLOSE(rate_fit(-1.5, &few).tau_hat, 0.581976514546885, 1e-13);
}

/* The paper's digits: 0.81, 4.04; 0.62, 33.9; 1.21, 1.67; 1.42, 2.62. */
static void printed_digits(void) {
  static const double rows[][6] = {/* alpha, t_max, beta, tau, and what the paper prints */
                                   {1, 8.4, 0.80740, 4.03995, 0.81, 4.04},
                                   {2.497, 60, 0.62049, 33.8760, 0.62, 33.9},
                                   {-0.8127, 3.2, 1.21054, 1.66971, 1.21, 1.67},
                                   {-1.494, 4.36, 1.41988, 2.62000, 1.42, 2.62}};
  for (int i = 0; i < 4; i++) {
    const double up     = exp(fabs(rows[i][0]));
    const RateGrid grid = {.protocol = RATE_TRUNCATED, .n = 1000, .q_max = 0.99, .s_max = rows[i][1] / up};
    const RateFit fit   = rate_fit(rows[i][0], &grid);
    CHECK(fabs(fit.beta - rows[i][2]) < 6e-6);
    CHECK_CLOSE(fit.tau_hat * up, rows[i][3], 2e-6);
    CHECK(fabs(fit.beta - rows[i][4]) < 0.005);
    CHECK(fabs(fit.tau_hat * up - rows[i][5]) < (i == 1 ? 0.05 : 0.005));
  }
}

static void temperatures(void) {
  static const double rows[][9] = {{0.4, 0.62624664, 2.8614730, 1.86747253, 0.4313105, 0.57963834, 2.8754402, 1.91786122, 0.4261052},
                                   {0.5, 0.68041058, 2.2862077, 1.62567132, 0.5008322, 0.63813643, 2.2994265, 1.67978844, 0.4954319},
                                   {1, 0.81554888, 1.4892152, 1.25772736, 0.6947876, 0.78926813, 1.4962883, 1.28982067, 0.6905506},
                                   {2, 0.90035613, 1.2154057, 1.11776293, 0.8298275, 0.88602856, 1.2187271, 1.13371074, 0.8272766}};
  for (int i = 0; i < 4; i++)
    for (int sign = 0; sign < 2; sign++)
      for (int p = 0; p < 2; p++) {
        const RateGrid grid = {.protocol = p == 0 ? RATE_Q : RATE_T, .n = 1000, .q_max = 0.99};
        const RateFit fit   = rate_fit((sign == 0 ? 1 : -1) / rows[i][0], &grid);
        CHECK(fabs(fit.beta - rows[i][1 + 4 * p + 2 * sign]) < 6e-9);
        CHECK(fabs(fit.tau_hat - rows[i][2 + 4 * p + 2 * sign]) < 6e-8);
      }
}

/* s = t exp(-V0/T): integrating the equation with its barrier gives the same curve, only later. */
static void collapse(void) {
  const double a = 1.7, barrier = 3.2;
  double q[20], s[20];
  for (int k = 0; k < 20; k++) s[k] = rate_time(a, 0.2 * (k + 1));
  double value = 0, t = 0; /* fourth-order Runge-Kutta over t, dq/dt = e^-barrier (1 - q) e^{-a q} */
  CHECK(rate_integrate(a, 20, s, q));
  for (int k = 0; k < 20; k++) {
    const double h = (s[k] * exp(barrier) - t) / 200;
    for (int step = 0; step < 200; step++) {
      double slope[4], at = value;
      for (int stage = 0; stage < 4; stage++) {
        slope[stage] = exp(-barrier) * (1 - at) * exp(-a * at);
        at           = value + (stage < 2 ? 0.5 : 1) * h * slope[stage];
      }
      value += h / 6 * (slope[0] + 2 * slope[1] + 2 * slope[2] + slope[3]);
    }
    t = s[k] * exp(barrier);
    CHECK(fabs(value - q[k]) < 1e-10);
  }
}

static double slope_of(double (*what)(double a, int n), int n) {
  const double h = 2e-3, wide = (what(2 * h, n) - what(-2 * h, n)) / (4 * h), narrow = (what(h, n) - what(-h, n)) / (2 * h);
  return (4 * narrow - wide) / 3;
}
static RateFit even_in_time(double a, int n) {
  const RateGrid grid = {.protocol = RATE_T, .n = n, .q_max = 1 - 1e-13};
  return rate_fit(a, &grid);
}
static double beta_at(double a, int n) { return even_in_time(a, n).beta; }
static double log_tau_at(double a, int n) { return log(even_in_time(a, n).tau_hat); }

/* beta = 1 - 0.247 a, ln tau = 0.388 a: exact integrals. The sums over n points approach them as 1/n^2: extrapolated. */
static void small_a(void) {
  CHECK(fabs((4 * slope_of(beta_at, 8000) - slope_of(beta_at, 4000)) / 3 + 0.24705658805710) < 1e-7);
  CHECK(fabs((4 * slope_of(log_tau_at, 8000) - slope_of(log_tau_at, 4000)) / 3 - 0.38771107255302) < 1e-7);
  const RateGrid grid = {.protocol = RATE_Q, .n = 1000, .q_max = 0.99};
  const RateFit debye = rate_fit(0, &grid);
  CHECK_CLOSE(debye.beta, 1, 1e-12);
  CHECK_CLOSE(debye.tau_hat, 1, 1e-12);
}

static double crossover_beta(RateProtocol protocol, double A, double T0, double T) {
  const RateGrid grid = {.protocol = protocol, .n = 1000, .q_max = 0.99};
  return rate_fit(rate_crossover_a(A, T0, 0.115, T), &grid).beta;
}

static void crossover(void) {
  CHECK_CLOSE(rate_crossover_weight(1.5, 0.08, 0.08), 0.5, 1e-15);
  CHECK_CLOSE(rate_crossover_weight(1.5, 0.08, 1e-3), 1, 1e-15);
  CHECK(fabs(rate_crossover_weight(0.26889, 0.05, 1e9) - 0.0046) < 1e-5); /* 1 / (1 + e^{A/T0}), not 0 */
  for (double T = 0.05; T < 1; T *= 1.3) {
    const double f = rate_crossover_weight(1.5, 0.08, T);
    CHECK(fabs(rate_crossover_a(1.5, 0.08, 0.115, T) - (1 - 2 * f) * 0.115 / T) < 1e-13 / T);
  }
  CHECK(fabs(crossover_beta(RATE_Q, 1.5, 0.08, 0.097871) - 0.799998) < 1e-6);
  CHECK(crossover_beta(RATE_Q, 1.5, 0.08, 0.0975) > 0.799998 && crossover_beta(RATE_Q, 1.5, 0.08, 0.0983) > 0.799998);
  CHECK(fabs(crossover_beta(RATE_Q, 1.5, 0.08, 0.06) - 1.5864) < 6e-5);
  CHECK(fabs(crossover_beta(RATE_Q, 1.5, 0.08, 0.2) - 0.88676) < 6e-6);
  CHECK(fabs(crossover_beta(RATE_Q, 1.5, 0.08, 1) - 0.97561) < 6e-6);
  CHECK(fabs(crossover_beta(RATE_Q, 1.5, 0.08, 0.05) - 1.765) < 6e-4);
  CHECK(fabs(crossover_beta(RATE_Q, 1.5, 0.08, 0.04) - 2.08) < 6e-3);
  static const double families[][6] = {/* protocol Q: T0, A, T_min; protocol T: T0, A, T_min */
                                       {0.06, 0.46288, 0.08671, 0.06, 0.33722, 0.09311},
                                       {0.08, 1.49992, 0.09787, 0.08, 0.85746, 0.10788},
                                       {0.10, 15.689, 0.10378, 0.10, 2.62162, 0.11697}};
  for (int i = 0; i < 3; i++)
    for (int p = 0; p < 2; p++) {
      const double *row = &families[i][3 * p];
      CHECK(fabs(crossover_beta(p == 0 ? RATE_Q : RATE_T, row[1], row[0], row[2]) - 0.8) < 2e-5);
      CHECK(fabs(crossover_beta(p == 0 ? RATE_Q : RATE_T, row[1], row[0], row[0]) - 1) < 1e-12); /* at T0, whatever A and protocol */
    }
  const RateGrid q_grid = {.protocol = RATE_Q, .n = 1000, .q_max = 0.99}, t_grid = {.protocol = RATE_T, .n = 1000, .q_max = 0.99};
  CHECK(fabs(rate_fit(1.1008293, &q_grid).beta - 0.8) < 1e-8);
  CHECK(fabs(rate_fit(0.9402775, &t_grid).beta - 0.8) < 1e-8);
}

/* Eq. 5 is Eq. 4 integrated: (4 pi dp0 d0^3 / 8) rho q0 int dr / r from d0/2 to d_el. */
static void elastic_barrier(void) {
  const double d0 = 1.3, d_el = 40, rho = 0.7, q0 = 2.1, dp0 = 0.4;
  double sum         = 0;
  const int n        = 20000;
  const double width = log(2 * d_el / d0) / n;
  for (int k = 0; k < n; k++) { /* midpoints in ln r */
    const double r = 0.5 * d0 * exp((k + 0.5) * width);
    sum += rho * q0 * 4 * M_PI * r * r * dp0 * pow(d0 / (2 * r), 3) * r * width;
  }
  CHECK_CLOSE(rate_elastic_barrier(d_el, d0, rho, q0, dp0), sum, 1e-10);
  CHECK(rate_elastic_barrier(0.5, 1, rho, q0, dp0) == 0);
}

int main(void) {
  exact_solution();
  whole_range();
  integration();
  protocols();
  printed_digits();
  temperatures();
  collapse();
  small_a();
  crossover();
  elastic_barrier();
  return check_report();
}
