/* Pass transitions: how often a liquid changes its inherent structure [Kapteijns et al., arXiv:2103.11404, section III B and Fig. 5].
 *
 * Two consecutive inherent structures are different if some particle lies farther than the threshold from its place (mean displacement
 * removed; minimum images). Then there was at least one transition in between:
 *   Gamma   = transitions / time covered, over all runs;     reduced rate  Gamma t_ballistic N0/N
 *   t_ballistic = 0.1 a0/sqrt(T),  a0 = (V/N)^(1/d),  N0 = 1000
 *   jump        = U(after) - U(before), of the whole system;  participation = (sum d_i^2)^2/sum d_i^4
 * Frames that are far apart in time miss transitions: Gamma is a lower bound, whose resolution (shortest and longest time between frames)
 * is told. It also depends on what made the inherent structures: minimisers assign different minima; compare like with like.
 * Stages that do not follow each other in the run are joined without the time between them. All frames want one temperature.
 * A frame whose descent did not converge carries no energies (NAN): it is left out and counted.
 * Errors: runs are the samples; with one run those of a Poisson process. */
#include <math.h>
#include <string.h>

#include "analysis/jump.h"
#include "analysis/pass.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "matter/frame.h"
#include "matter/mixture.h"

static const double N0 = 1000;

typedef struct RunSum {
  double events, time;
} RunSum;

struct PassState {
  double threshold, temperature, ballistic, n;
  int run;
  bool has_previous;
  Frame previous;
  double previous_energy, shortest, longest;
  int64_t frames, unconverged;
  RunSum *runs; /* [run + 1] */
  size_t run_capacity;
  Table *events, *trajectory;
};

static const ParamSpec specs[] = {
    {"threshold", PARAM_DOUBLE, "1e-5", "sigma", 0, 1, true, NULL, NULL, "inherent structures closer than that are the same"},
    {"temperature", PARAM_DOUBLE, "", "eps/kB", 0, 1e6, true, NULL, NULL,
     "of the liquid, for reduced units; default: that of the parents of the structures"},
    {0}};
static const ParamSchema schema = {"transitions", "changes of the inherent structure", NULL, specs};

static const Column event_columns[]      = {{"run", "1", "independent run, from 0", ""},
                                            {"time", "sigma (m/eps)^1/2", "time of the first frame in the new inherent structure", ""},
                                            {"time_before", "sigma (m/eps)^1/2", "time of the last frame in the old one", ""},
                                            {"energy_jump", "eps", "change of the energy of the whole system", "U_after - U_before"},
                                            {"participation", "1", "number of particles that took part", "(sum d^2)^2/sum d^4"},
                                            {"largest_displacement", "sigma", "largest displacement of a particle", "max |d_i|"}};
static const Column trajectory_columns[] = {
    {"run", "1", "independent run, from 0", ""},
    {"time", "sigma (m/eps)^1/2", "time of the frame", ""},
    {"energy", "eps", "potential energy per particle of the inherent structure; nan: the descent did not converge", "U_IS/N"},
    {"reduced_time", "1", "time in units in which 1000 particles count", "N t/(N0 t_ballistic)"},
    {"reduced_energy", "1", "energy of the whole system over the temperature", "U_IS/T"}};
enum { N_EVENT = sizeof event_columns / sizeof event_columns[0], N_TRAJECTORY = sizeof trajectory_columns / sizeof trajectory_columns[0] };

static Status open_transitions(const Params *own, const Mixture *mixture, const Frame *first, int n_lags, const double *lags,
                               PassState **state) {
  (void)mixture, (void)n_lags, (void)lags;
  PassState *s   = memory_array(1, sizeof *s);
  *state         = s;
  s->threshold   = params_double(own, "threshold");
  s->temperature = params_has(own, "temperature") ? params_double(own, "temperature") : NAN;
  s->n           = (double)first->n;
  s->ballistic   = 0.1 * pow(frame_volume(first) / s->n, 1.0 / first->dim) / sqrt(s->temperature);
  s->shortest    = INFINITY;
  frame_init(&s->previous);
  s->events     = table_create("transitions/events", "changes of the inherent structure", N_EVENT, event_columns);
  s->trajectory = table_create("transitions/inherent_energy", "energy of the inherent structures", N_TRAJECTORY, trajectory_columns);
  return STATUS_OK;
}

static void begin_run(PassState *s, int run, const Frame *first) {
  (void)first;
  void *runs = s->runs;
  memory_grow(&runs, &s->run_capacity, (size_t)run + 1, (size_t)run, sizeof *s->runs);
  s->runs         = runs;
  s->run          = run;
  s->has_previous = false;
}

static double energy_of(const Frame *frame) {
  const double *energies = frame_find_field(frame, "potential_energy", NULL);
  if (!energies) return NAN;
  double sum = 0;
  for (int64_t k = 0; k < frame->n; k++) sum += energies[k];
  return sum;
}

/** Whether nothing of the run was left out between the previous frame and this one: the same stage, or the next. */
static bool is_next(const PassState *s, const Frame *frame) {
  return s->has_previous && (frame->stage == s->previous.stage || frame->stage == s->previous.stage + 1);
}

static void compare(PassState *s, const Frame *frame, double energy) {
  const double interval = frame->time - s->previous.time;
  const Jump jump       = jump_measure(&s->previous, frame);
  RunSum *sum           = &s->runs[s->run];
  sum->time += interval;
  s->shortest = fmin(s->shortest, interval);
  s->longest  = fmax(s->longest, interval);
  if (!(jump.largest >= s->threshold)) return;
  sum->events += 1;
  const double row[N_EVENT] = {s->run, frame->time, s->previous.time, energy - s->previous_energy, jump.participation, jump.largest};
  table_row(s->events, row);
}

static Status add_frame(PassState *s, const Frame *frame) {
  const double energy            = energy_of(frame);
  const double row[N_TRAJECTORY] = {s->run, frame->time, energy / s->n, s->n * frame->time / (N0 * s->ballistic), energy / s->temperature};
  table_row(s->trajectory, row);
  s->frames++;
  if (isnan(energy)) {
    s->unconverged++;
    return STATUS_OK;
  }
  if (is_next(s, frame)) compare(s, frame, energy);
  frame_copy(&s->previous, frame);
  s->previous_energy = energy;
  s->has_previous    = true;
  return STATUS_OK;
}

/** Rate over all runs and its standard error. */
static double rate(const PassState *s, RunSum *total, double *error) {
  int n  = 0;
  *total = (RunSum){0};
  for (int k = 0; s->runs && k <= s->run; k++) total->events += s->runs[k].events, total->time += s->runs[k].time, n += s->runs[k].time > 0;
  const double gamma = total->events / total->time;
  double spread      = 0;
  for (int k = 0; s->runs && k <= s->run; k++) spread += pow(s->runs[k].events - gamma * s->runs[k].time, 2);
  *error = n > 1 ? sqrt(spread * n / (n - 1.0)) / total->time : sqrt(total->events) / total->time;
  return total->time > 0 ? gamma : NAN;
}

static void add_scalars(const PassState *s) {
  const char *time = "sigma (m/eps)^1/2", *per_time = "(eps/m)^1/2/sigma";
  double error;
  RunSum total;
  const double gamma = rate(s, &total, &error), reduce = s->ballistic * N0 / s->n;
  Table *t = s->events;
  table_scalar(t, "rate", gamma, per_time, "transitions per time, lower bound");
  table_scalar(t, "rate_error", gamma >= 0 ? error : NAN, per_time, "standard error of the rate");
  table_scalar(t, "reduced_rate", gamma * reduce, "1", "rate t_ballistic N0/N, N0 = 1000");
  table_scalar(t, "reduced_rate_error", gamma >= 0 ? error * reduce : NAN, "1", "its standard error");
  table_scalar(t, "transitions", total.events, "1", "transitions seen");
  table_scalar(t, "time_covered", total.time, time, "time over which they were counted");
  table_scalar(t, "shortest_interval", isfinite(s->shortest) ? s->shortest : NAN, time, "shortest time between compared frames");
  table_scalar(t, "longest_interval", total.time > 0 ? s->longest : NAN, time, "longest time between compared frames");
  table_scalar(t, "frames", (double)s->frames, "1", "frames looked at");
  table_scalar(t, "unconverged", (double)s->unconverged, "1", "frames left out because their descent did not converge");
  table_scalar(t, "threshold", s->threshold, "sigma", "displacement that makes a transition");
  table_scalar(t, "temperature", s->temperature, "eps/kB", "temperature of the reduced units");
  table_scalar(t, "ballistic_time", s->ballistic, time, "0.1 a0/sqrt(T)");
}

static Status close_transitions(PassState **state, Table ***tables, int *n_tables) {
  PassState *s = *state;
  add_scalars(s);
  *tables      = memory_array(2, sizeof **tables);
  *n_tables    = 2;
  (*tables)[0] = s->events;
  (*tables)[1] = s->trajectory;
  frame_clear(&s->previous);
  memory_free(s->runs);
  memory_free(s);
  *state = NULL;
  return STATUS_OK;
}

const PassType pass_transitions = {
    .name   = "transitions",
    .help   = "changes of the inherent structure: rate, energy jumps, participation; reads inherent.h5md",
    .source = "Kapteijns et al., arXiv:2103.11404, Fig. 5; Heuer, J. Phys.: Condens. Matter 20, 373101 (2008)",
    .needs  = NEEDS_ORDER | NEEDS_INHERENT,
    .schema = &schema,
    .open   = open_transitions,
    .frame  = add_frame,
    .close  = close_transitions,
    .begin  = begin_run,
};
