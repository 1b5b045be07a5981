#pragma once
/** Order in small samples. */

/** The k-th smallest of values [n], n > 0, none of them NaN; k in [0, n), 0 the smallest. They stay as they are. */
float sample_nth(const float *values, int n, int k);
