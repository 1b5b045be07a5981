#pragma once
/** Named wall timers, nested freely. One array, known to all; main reduces and prints them. */
typedef enum TimerName {
  TIMER_FORCE,
  TIMER_LIST,
  TIMER_INTEGRATE,
  TIMER_COMMUNICATE,
  TIMER_OBSERVE,
  TIMER_OUTPUT,
  TIMER_TOTAL,
  N_TIMERS
} TimerName;
double timer_now(void); /* s, monotonic */
void timer_add(TimerName timer, double seconds);
/** Adds the time since then; returns now. */
double timer_lap(TimerName timer, double since);
double timer_get(TimerName timer);
const char *timer_label(TimerName timer);
void timer_reset(void);
