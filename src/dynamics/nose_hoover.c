/* Symmetric splitting of a step: frictions half a step (outermost thermostat first), v scaled, kick, drift, kick, v scaled, frictions half
 * a step (innermost first). With one thermostat this is: xi half, v e^{-xi dt/2}, kick, drift, kick, v e^{-xi dt/2}, xi half. */
#include "dynamics/nose_hoover.h"

#include <math.h>

void nose_hoover_init(NoseHoover *bath, int length, double freedom, double tau) {
  *bath = (NoseHoover){.length = length, .freedom = freedom, .tau = tau};
}

/** What drives friction k. */
static double drive(const NoseHoover *bath, int k, double temperature, double twice_kinetic) {
  const double rate2 = 1 / (bath->tau * bath->tau);
  if (k == 0) return (twice_kinetic / (bath->freedom * temperature) - 1) * rate2;
  return (k == 1 ? bath->freedom : 1.0) * bath->xi[k - 1] * bath->xi[k - 1] - rate2;
}

double nose_hoover_open(NoseHoover *bath, double temperature, double twice_kinetic, double dt) {
  for (int k = bath->length - 1; k >= 0; k--) {
    const double drag = k + 1 < bath->length ? exp(-0.5 * dt * bath->xi[k + 1]) : 1.0;
    bath->xi[k]       = bath->xi[k] * drag + 0.5 * dt * drive(bath, k, temperature, twice_kinetic);
  }
  for (int k = 0; k < bath->length; k++) bath->bath[k] += (k == 0 ? bath->freedom : 1.0) * temperature * bath->xi[k] * dt;
  return nose_hoover_scale(bath, dt);
}
double nose_hoover_scale(const NoseHoover *bath, double dt) { return exp(-0.5 * dt * bath->xi[0]); }

void nose_hoover_close(NoseHoover *bath, double temperature, double twice_kinetic, double dt) {
  for (int k = 0; k < bath->length; k++) {
    const double drag = k + 1 < bath->length ? exp(-0.5 * dt * bath->xi[k + 1]) : 1.0;
    bath->xi[k]       = (bath->xi[k] + 0.5 * dt * drive(bath, k, temperature, twice_kinetic)) * drag;
  }
}
double nose_hoover_energy(const NoseHoover *bath, double temperature) {
  double energy = 0;
  for (int k = 0; k < bath->length; k++)
    energy += (k == 0 ? bath->freedom : 1.0) * temperature * bath->tau * bath->tau * bath->xi[k] * bath->xi[k] / 2 + bath->bath[k];
  return energy;
}
void nose_hoover_put(const NoseHoover *bath, Archive *archive) {
  archive_put(archive, "thermostat/xi", ARCHIVE_DOUBLE, MAX_CHAIN, bath->xi);
  archive_put(archive, "thermostat/bath", ARCHIVE_DOUBLE, MAX_CHAIN, bath->bath);
}
Status nose_hoover_get(NoseHoover *bath, const Archive *archive) {
  TRY(archive_get(archive, "thermostat/xi", ARCHIVE_DOUBLE, MAX_CHAIN, bath->xi));
  return archive_get(archive, "thermostat/bath", ARCHIVE_DOUBLE, MAX_CHAIN, bath->bath);
}
