#pragma once
/** FIRE for members that go on from where it is good enough. */
#include "slope.h"

/** Down to max |F| <= force (or until the slope is over). */
void fire_down(Slope *slope, double force);
