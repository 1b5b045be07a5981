/** Requests from outside.
 *
 *  A handler only sets flags; the program asks for them at a step where it can write a consistent checkpoint. A second SIGTERM or
 *  SIGINT means "now": the default action is restored and the signal raised again. Batch systems deliver one cancellation twice
 *  (Slurm signals every process of the step, and mpirun, signalled too, forwards it), so a repetition within a fraction of a second
 *  counts as the same wish. clock_gettime is async-signal-safe. The wall time limit is the same request, raised by a clock. */
#include "base/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/timer.h"

static const double same_wish = 0.2; /* s */

static volatile sig_atomic_t wants_checkpoint, wants_stop, was_interrupted;
static volatile double interrupted_at; /* s; read only by the handlers, which block each other */
static double started_at, limit;       /* s */
static bool has_started;

static void stop_or_die(int number) {
  const double now = timer_now();
  if (was_interrupted && now - interrupted_at > same_wish) {
    (void)signal(number, SIG_DFL);
    (void)raise(number);
    return;
  }
  if (!was_interrupted) interrupted_at = now;
  was_interrupted = 1;
  wants_stop      = 1;
}

static void ask_stop(int number) {
  (void)number;
  wants_stop = 1;
}

static void ask_checkpoint(int number) {
  (void)number;
  wants_checkpoint = 1;
}

static void start_clock(void) {
  if (!has_started) started_at = timer_now();
  has_started = true;
}

static void handle(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  (void)sigemptyset(&action.sa_mask);
  (void)sigaddset(&action.sa_mask, SIGTERM);
  (void)sigaddset(&action.sa_mask, SIGINT);
  (void)sigaction(number, &action, NULL);
}

void signals_install(void) {
  start_clock();
  handle(SIGTERM, stop_or_die);
  handle(SIGINT, stop_or_die);
  handle(SIGUSR1, ask_stop);
  handle(SIGUSR2, ask_checkpoint);
}

void signals_set_walltime(double seconds) {
  start_clock();
  limit = seconds;
}

Request signals_request(void) {
  if (limit > 0 && timer_now() - started_at > limit) wants_stop = 1;
  return wants_stop ? REQUEST_STOP : wants_checkpoint ? REQUEST_CHECKPOINT : REQUEST_NONE;
}

void signals_clear_checkpoint(void) { wants_checkpoint = 0; }
