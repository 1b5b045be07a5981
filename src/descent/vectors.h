#pragma once
/** Vectors of a minimiser: records {x, y, z, 0}, [n] doubles, n a multiple of 32 (kernels/records.h). */
#include <stddef.h>

#include "kernels/records.h"

double *vector_new(size_t n); /* zeros */
void vector_copy(size_t n, double *to, const double *from);
void vector_scale(size_t n, double s, double *y);
/** out <- a - b. */
void vector_subtract(size_t n, const double *a, const double *b, double *out);
/** y <- s y + a x. */
void vector_blend(size_t n, double s, double *y, double a, const double *x);
double vector_dot(size_t n, const double *a, const double *b);
/** Largest length of a record. */
double vector_largest(size_t n, const double *a);
RecordSums vector_sums(size_t n, const double *f, const double *v);
