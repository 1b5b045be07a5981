#pragma once
/** The main peak of a structure factor. */

typedef struct MainPeak {
  double position, position_error, height, height_error; /* NAN: no peak found, or none that can be told from noise or has a width */
  double highest;                                        /* where the smoothed curve is highest, peak or not */
} MainPeak;

/** q ascending > 0, s, weights > 0: [n] */
MainPeak main_peak_find(int n, const double *q, const double *s, const double *weights);
