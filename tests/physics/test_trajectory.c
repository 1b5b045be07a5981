/** Molecular dynamics of small systems that start from a stored inherent structure: 100 (200) steps against an independent program, the
 *  order of the integrator, reversal of time, momentum, and the canonical distribution of the kinetic energy.
 *  Tolerance of the trajectories: rounding differences grow with the dynamics (seen: a factor 1e2 to 1e3 in 100 steps). */
#include "../check.h"
#include "../data/checks.h"
#include "../lcg.h"
#include "dynamics/md.h"
#include "twin.h"

enum { SEED = 5, CANONICAL_STEPS = 60000, CANONICAL_BLOCKS = 20 };
static const double TRAJECTORY_TOLERANCE = 1e-10;
static const Ranks *ranks;

/** Positions of the stored structure; velocities s (v_lcg777 - mean) with sum m v^2 = d (N - 1) T. */
static void start_frame(Frame *frame, bool is_ipl, const Mixture *mixture, double temperature) {
  const int n = is_ipl ? CHECK_IPL_N : CHECK_SW_N, n_b = is_ipl ? CHECK_IPL_N_B : CHECK_SW_N_B;
  const double *positions = is_ipl ? check_ipl_positions : check_sw_positions;
  Lcg lcg                 = {777};
  double mean[3] = {0, 0, 0}, mass = 0, twice = 0;
  frame_init(frame);
  frame_resize(frame, n, 3);
  frame->has = FRAME_VELOCITY;
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = is_ipl ? check_ipl_edge : check_sw_edge;
  for (int i = 0; i < n; i++) {
    frame->species[i] = i >= n - n_b;
    const double m    = mixture->masses[frame->species[i]];
    mass += m;
    for (int axis = 0; axis < 3; axis++) {
      frame->position[3 * i + axis] = positions[3 * i + axis];
      frame->velocity[3 * i + axis] = 2 * lcg_next(&lcg) - 1;
      mean[axis] += m * frame->velocity[3 * i + axis];
    }
  }
  for (int k = 0; k < 3 * n; k++) {
    frame->velocity[k] -= mean[k % 3] / mass;
    twice += mixture->masses[frame->species[k / 3]] * frame->velocity[k] * frame->velocity[k];
  }
  for (int k = 0; k < 3 * n; k++) frame->velocity[k] *= sqrt(3 * (n - 1) * temperature / twice);
}

static MdSettings settings_of(Ensemble ensemble, double dt, double temperature, double coupling_time, int64_t steps) {
  return (MdSettings){.ensemble         = ensemble,
                      .timestep         = dt,
                      .temperature_from = temperature,
                      .temperature_to   = temperature,
                      .coupling_time    = coupling_time,
                      .chain_length     = 1,
                      .steps            = steps};
}
static void run(Md *md, int64_t steps, bool with_energies) {
  for (int64_t k = 0; k < steps; k++) {
    Request request = REQUEST_NONE;
    const bool good = md_step(md, with_energies || k == steps - 1, &request) == STATUS_OK;
    CHECK_RESULT_(good, "step %d: lost", (int)k);
    if (!good) return;
  }
}
/** Largest of |sum m v| / sum |m v| over the axes. */
static double momentum(const Frame *frame) {
  double worst = 0;
  for (int axis = 0; axis < frame->dim; axis++) {
    long double sum = 0, size = 0;
    for (int64_t i = 0; i < frame->n; i++) {
      const long double p = (long double)frame->mass[i] * (long double)frame->velocity[3 * i + axis];
      sum += p;
      size += fabsl(p);
    }
    worst = fmax(worst, (double)(fabsl(sum) / size));
  }
  return worst;
}
static double unwrapped(const Frame *frame, int64_t k) { return frame->position[k] + frame->image[k] * frame->edges[k % 3]; }

static void check_value(const CheckTrajectory *t, const char *what, double got, double wanted, double scale, double *worst) {
  const double error = fabs(got - wanted) / scale;
  if (!(error <= *worst)) *worst = error;
  CHECK_RESULT_(error <= TRAJECTORY_TOLERANCE, "%s %s %s: %s = %.15g, not %.15g (off by %.2g)", simd_name(), t->potential, t->name, what,
                got, wanted, error);
}

/** One stored trajectory; returns the drift of the conserved quantity. */
static double test_stored(const CheckTrajectory *t) {
  Model model;
  Frame frame, end;
  System *system    = NULL;
  Md *md            = NULL;
  const bool is_ipl = strcmp(t->potential, "ipl3d") == 0, is_nvt = strncmp(t->name, "NVT", 3) == 0;
  double worst = 0;
  if (!model_open(&model, t->potential, "{}")) return NAN;
  start_frame(&frame, is_ipl, &model.mixture, t->temperature);
  frame_init(&end);
  const double *velocity = is_ipl ? check_ipl_velocity_first : check_sw_velocity_first;
  for (int axis = 0; axis < 3; axis++) CHECK_CLOSE(frame.velocity[axis], velocity[axis], 1e-13);
  CHECK_EQUAL_INT(system_create(ranks, model.potential, model.parameters, &model.mixture, &frame, &system), STATUS_OK);
  const MdSettings settings = settings_of(is_nvt ? ENSEMBLE_NVT : ENSEMBLE_NVE, t->dt, t->temperature, t->coupling_time, t->steps);
  CHECK_EQUAL_INT(md_start(system, &settings, &md), STATUS_OK);
  const MdState *state = md_state(md);
  const double start   = state->conserved;
  CHECK_CLOSE(state->potential, is_ipl ? check_ipl_energy : check_sw_energy, 1e-12);
  CHECK_CLOSE(state->pressure * system_volume(system),
              (2 * state->kinetic / 3) + system_volume(system) * (is_ipl ? check_ipl_pressure : check_sw_pressure), 1e-11);
  run(md, t->steps, false);
  md_settle(md);
  system_save(system, &end, false);
  check_value(t, "H' at the start", start, t->start, fabs(t->start), &worst);
  check_value(t, "U", state->potential, t->potential_energy, fabs(t->potential_energy), &worst);
  check_value(t, "K", state->kinetic, t->kinetic, t->kinetic, &worst);
  check_value(t, "drift", state->conserved - start, t->drift, fabs(t->start), &worst);
  double msd = 0;
  for (int k = 0; k < 3 * frame.n; k++) msd += pow(unwrapped(&end, k) - frame.position[k], 2) / (double)frame.n;
  check_value(t, "MSD", msd, t->msd, t->msd, &worst);
  for (int axis = 0; axis < 3; axis++) check_value(t, "x_0", unwrapped(&end, axis), t->x_first[axis], 1, &worst);
  if (is_nvt) check_value(t, "xi", state->friction, t->friction, fabs(t->friction), &worst);
  CHECK_CLOSE(system_twice_kinetic(system), 2 * state->kinetic, 1e-11); /* squares are rounded to a fixed grid */
  CHECK_RESULT_(momentum(&end) < 1e-14, "%s %s: momentum %g", t->potential, t->name, momentum(&end));
  const double drift = state->conserved - start;
  printf("%s %-16s %-11s worst error %.1e, drift %.6f, momentum %.0e\n", simd_name(), t->potential, t->name, worst, drift, momentum(&end));
  md_end(&md);
  system_destroy(&system);
  frame_clear(&frame);
  frame_clear(&end);
  model_close(&model);
  return drift;
}
static void test_all_stored(void) {
  const int n = sizeof check_trajectories / sizeof *check_trajectories;
  for (int k = 0; k < n; k += 2) { /* dt, then dt/2 */
    const double drift = test_stored(&check_trajectories[k]), half = test_stored(&check_trajectories[k + 1]);
    CHECK_RESULT_(fabs(drift / half - 4) < 0.25, "%s: the drift falls by %g when dt halves, not 4", check_trajectories[k].name,
                  drift / half);
  }
}

/** Forth, velocities reversed, back: the start again, up to rounding that the dynamics amplifies. */
static void test_reversal(const char *name, double temperature, double dt, int64_t steps) {
  Model model;
  Frame frame, end;
  System *system = NULL;
  Md *md         = NULL;
  double worst   = 0;
  if (!model_open(&model, name, "{}")) return;
  frame_init(&end);
  start_frame(&frame, strcmp(name, "stillinger_weber") != 0, &model.mixture, temperature);
  CHECK_EQUAL_INT(system_create(ranks, model.potential, model.parameters, &model.mixture, &frame, &system), STATUS_OK);
  const MdSettings settings = settings_of(ENSEMBLE_NVE, dt, temperature, 1, 2 * steps);
  CHECK_EQUAL_INT(md_start(system, &settings, &md), STATUS_OK);
  const double energy = md_state(md)->conserved;
  run(md, steps, false);
  system_scale_velocities(system, -1);
  run(md, steps, false);
  system_save(system, &end, false);
  for (int k = 0; k < 3 * frame.n; k++) worst = fmax(worst, fabs(unwrapped(&end, k) - frame.position[k]));
  const double change = fabs(md_state(md)->conserved / energy - 1);
  printf("%s %-16s reversed after %d steps: back to %.1e sigma, energy to %.1e, momentum %.0e\n", simd_name(), name, (int)steps, worst,
         change, momentum(&end));
  CHECK(worst < 1e-9);
  CHECK(change < 1e-11);
  CHECK(momentum(&end) < 1e-13);
  md_end(&md);
  system_destroy(&system);
  frame_clear(&frame);
  frame_clear(&end);
  model_close(&model);
}

/** Mean and its standard error from block means. */
static void block_mean(const double *values, double *mean, double *error) {
  const int length = CANONICAL_STEPS / CANONICAL_BLOCKS;
  double sum = 0, square = 0;
  for (int block = 0; block < CANONICAL_BLOCKS; block++) {
    double part = 0;
    for (int k = 0; k < length; k++) part += values[block * length + k] / length;
    sum += part / CANONICAL_BLOCKS;
    square += part * part / CANONICAL_BLOCKS;
  }
  *mean  = sum;
  *error = sqrt((square - sum * sum) / (CANONICAL_BLOCKS - 1));
}
/** <K> = N_f T/2, var K = N_f T^2/2 under the Nosé-Hoover thermostat, single and chain, in a hot liquid. The thermostat
 *  is tuned into the liquid's vibrations (sqrt(2)/tau = 28): a slower one keeps its amplitude for longer than a block. */
static void test_canonical(int chain_length) {
  const double temperature = 2, dt = 0.003;
  Model model;
  Frame frame, end;
  System *system = NULL;
  Md *md         = NULL;
  if (!model_open(&model, "ipl3d", "{}")) return;
  start_frame(&frame, true, &model.mixture, temperature);
  frame_init(&end);
  CHECK_EQUAL_INT(system_create(ranks, model.potential, model.parameters, &model.mixture, &frame, &system), STATUS_OK);
  system_thermalize(system, temperature, SEED, 0);
  MdSettings settings   = settings_of(ENSEMBLE_NVT, dt, temperature, 0.05, 3000 + CANONICAL_STEPS);
  settings.chain_length = chain_length;
  CHECK_EQUAL_INT(md_start(system, &settings, &md), STATUS_OK);
  run(md, 3000, false);
  const double conserved = md_state(md)->conserved, freedom = (double)system_freedom(system), wanted = freedom * temperature / 2;
  double *values = memory_array(CANONICAL_STEPS, sizeof *values), *squares = memory_array(CANONICAL_STEPS, sizeof *squares);
  for (int k = 0; k < CANONICAL_STEPS; k++) {
    run(md, 1, k == CANONICAL_STEPS - 1);
    values[k]  = md_state(md)->kinetic;
    squares[k] = (values[k] - wanted) * (values[k] - wanted) / (wanted * temperature);
  }
  double mean, mean_error, variance, variance_error;
  block_mean(values, &mean, &mean_error);
  block_mean(squares, &variance, &variance_error);
  system_save(system, &end, false);
  const double drift = (md_state(md)->conserved - conserved) / wanted;
  printf("chain %d, seed %d: K/(N_f T/2) - 1 = %.1e +- %.1e, var K/(N_f T^2/2) = %.3f +- %.3f, drift of H'/K %.1e, momentum %.0e\n",
         chain_length, SEED, mean / wanted - 1, mean_error / wanted, variance, variance_error, drift, momentum(&end));
  CHECK(fabs(mean - wanted) < 4 * mean_error + 1e-3 * wanted); /* K of velocity Verlet: bias of order dt^2 */
  CHECK(fabs(variance - 1) < 4 * variance_error && variance_error < 0.06);
  CHECK(fabs(drift) < 0.01);
  CHECK(momentum(&end) < 1e-11);
  memory_free(values);
  memory_free(squares);
  md_end(&md);
  system_destroy(&system);
  frame_clear(&frame);
  frame_clear(&end);
  model_close(&model);
}

int main(int argc, char **argv) {
  Ranks *world = ranks_start(&argc, &argv);
  ranks        = world;
  for (int path = 0; path < PATHS; path++) {
    if (!path_select(path)) continue;
    test_all_stored();
    test_reversal("ipl3d", 0.5, 0.005, 200);
    test_reversal("stillinger_weber", 0.04, 0.05, 200);
  }
  CHECK_EQUAL_INT(simd_select("auto"), STATUS_OK);
  test_canonical(1);
  test_canonical(3);
  ranks_end(&world);
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
