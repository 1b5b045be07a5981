#pragma once
/** Order in small samples. */

/** The k-th smallest of n values, k in [0, n). */
float sample_nth(const float *values, int n, int k);
