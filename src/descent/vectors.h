#pragma once
/** Vectors of a minimiser: one record {x, y, z, 0} per particle of a frozen System, spread over the ranks of its group as the particles
 *  are. Sums have the same bits however that is (kernels/records.h). Those that tell a number of all particles are collective: group. */
#include <stddef.h>

#include "engine/system.h"
#include "kernels/records.h"

typedef struct Vector {
  const System *system;
  size_t n;       /* doubles on this rank, a multiple of 32 */
  double *at;     /* [n] */
  double largest; /* |component| on this rank; not below it at least */
} Vector;

void vector_init(Vector *v, const System *system); /* zeros */
void vector_clear(Vector *v);
/** After its numbers were written by someone else. */
void vector_refresh(Vector *v);
void vector_zero(Vector *v);
void vector_copy(Vector *to, const Vector *from);
void vector_scale(Vector *y, double s);
/** out <- s a + t b; out may be a or b. */
void vector_mix(Vector *out, double s, const Vector *a, double t, const Vector *b);
/** out <- a b, component by component. */
void vector_multiply(Vector *out, const Vector *a, const Vector *b);

double vector_dot(const Vector *a, const Vector *b);
/** Largest length of a record. */
double vector_largest(const Vector *a);
typedef struct VectorSums {
  double ff, fv, vv;
} VectorSums; /* |f|^2, f.v, |v|^2 */
VectorSums vector_sums(const Vector *f, const Vector *v);
