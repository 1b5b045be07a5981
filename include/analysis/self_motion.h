#pragma once
/** Motion of single particles between two frames: what pass self_motion averages, for others who need one number at once. */
typedef struct Frame Frame;

/** Mean square displacement and self-intermediate scattering of one pair of frames, drift of the centre of mass removed.
 *  species  0-based, -1: all particles        q  wave number, 1/sigma
 *  msd, fs  out: sigma^2, dimensionless; NAN if there is no such particle
 *  Both frames hold the same particles in the same order, with images. Collective: no. Cost: n. */
void self_motion_measure(const Frame *origin, const Frame *later, int species, double q, double *msd, double *fs);
