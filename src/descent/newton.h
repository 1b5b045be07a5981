#pragma once
/** Newton steps whose linear systems are solved by conjugate gradients, only as well as it pays [Dembo, Steihaug, Math. Program. 26, 190
 *  (1983)]. For the last decades, where the energy is a quadratic form. */
#include "slope.h"

/** Goes on until the slope is over, or `steps` Newton steps are done, or one of them does not pay; no particle moves farther than `reach`
 *  (sigma) in all. False if it would have to: then everything is back where it was. */
bool newton_polish(Slope *slope, int steps, double reach);
