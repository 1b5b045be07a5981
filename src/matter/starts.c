/* Starts. Random: uniform points are pushed apart by harmonic contacts, U = sum (1 - r/d)^2/2 for r < d = closest * mean diameter, down the
 * gradient; each contact moves both partners by half its overlap (damped), which empties overlaps in some hundred sweeps well below random
 * close packing. The result is a repulsive soft-sphere packing without order, safe for any of the models at a melting temperature. */
#include "matter/starts.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"

void starts_species(const Mixture *mixture, int64_t n, double density, int dim, uint64_t seed, Frame *frame) {
  int64_t counts[MAX_SPECIES];
  frame_resize(frame, n, dim);
  mixture_counts(mixture, n, counts);
  const double edge = pow((double)n / density, 1.0 / dim);
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = axis < dim ? edge : 1;
  frame->step = 0, frame->time = 0, frame->stage = -1, frame->block = -1;
  int64_t i = 0;
  for (int s = 0; s < mixture->n_species; s++)
    for (int64_t k = 0; k < counts[s]; k++) frame->species[i++] = s;
  for (i = n - 1; i > 0; i--) { /* Fisher-Yates */
    double u[2];
    rng_uniform2((RngKey){seed, 0, RNG_SPECIES}, (uint64_t)i, 0, u);
    int64_t j = (int64_t)(u[0] * (double)(i + 1));
    if (j > i) j = i;
    const int32_t swap = frame->species[i];
    frame->species[i]  = frame->species[j];
    frame->species[j]  = swap;
  }
  for (i = 0; i < n; i++) frame->mass[i] = mixture->masses[frame->species[i]];
  frame->has = FRAME_MASS;
}

void starts_lattice(Frame *frame) {
  const int dim = frame->dim, basis = dim == 3 ? 4 : 2;
  const double sites[4][3] = {{0.25, 0.25, 0.25}, {0.25, 0.75, 0.75}, {0.75, 0.25, 0.75}, {0.75, 0.75, 0.25}};
  int64_t cells            = 1;
  while (basis * (dim == 3 ? cells * cells * cells : cells * cells) < frame->n) cells++;
  const int64_t total = basis * (dim == 3 ? cells * cells * cells : cells * cells);
  for (int64_t i = 0; i < frame->n; i++) { /* spread vacancies evenly */
    const int64_t site = i * total / frame->n, cell = site / basis;
    const int64_t at[3] = {cell % cells, cell / cells % cells, dim == 3 ? cell / cells / cells : 0};
    for (int axis = 0; axis < 3; axis++)
      frame->position[3 * i + axis] = axis < dim ? ((double)at[axis] + (dim == 3       ? sites[site % basis][axis]
                                                                        : site % basis ? 0.75
                                                                                       : 0.25)) /
                                                       (double)cells * frame->edges[axis]
                                                 : 0;
  }
}

typedef struct Cells {
  int n[3];
  int *head, *next;
} Cells;
static void fill_cells(const Frame *frame, double reach, Cells *cells) {
  size_t total = 1;
  for (int axis = 0; axis < 3; axis++) {
    cells->n[axis] = axis < frame->dim ? (int)fmin(floor(frame->edges[axis] / reach), 512) : 1;
    if (cells->n[axis] < 1) cells->n[axis] = 1;
    total *= (size_t)cells->n[axis];
  }
  if (!cells->head) {
    cells->head = memory_array(total, sizeof(int));
    cells->next = memory_array((size_t)frame->n, sizeof(int));
  }
  memset(cells->head, 0xff, total * sizeof(int));
  for (int64_t i = frame->n - 1; i >= 0; i--) {
    int c[3];
    for (int axis = 0; axis < 3; axis++) {
      c[axis] = (int)(frame->position[3 * i + axis] / frame->edges[axis] * cells->n[axis]);
      if (c[axis] >= cells->n[axis]) c[axis] = cells->n[axis] - 1;
    }
    const int k    = (c[2] * cells->n[1] + c[1]) * cells->n[0] + c[0];
    cells->next[i] = cells->head[k];
    cells->head[k] = (int)i;
  }
}
/** Neighbouring cell numbers along one axis, each once. */
static int offsets(int n, int own, int *list) {
  int count = 0;
  for (int k = -1; k <= 1; k++) {
    const int cell = (own + k + n) % n;
    bool seen      = false;
    for (int q = 0; q < count; q++) seen = seen || list[q] == cell;
    if (!seen) list[count++] = cell;
  }
  return count;
}
/** Push of particle j on i; returns the relative overlap. */
static double push(const Frame *frame, const Mixture *mixture, double closest, int64_t i, int64_t j, double *move) {
  double d[3], r2 = 0;
  const double contact = closest * 0.5 * (mixture->sizes[frame->species[i]] + mixture->sizes[frame->species[j]]);
  for (int axis = 0; axis < 3; axis++) {
    d[axis] = frame->position[3 * i + axis] - frame->position[3 * j + axis];
    d[axis] -= axis < frame->dim ? frame->edges[axis] * rint(d[axis] / frame->edges[axis]) : 0;
    r2 += d[axis] * d[axis];
  }
  const double r = sqrt(r2);
  if (r >= contact) return 0;
  if (r < 1e-9) { /* on top of each other: apart along x by order of index */
    d[0] = i < j ? 1e-9 : -1e-9, d[1] = d[2] = 0;
    r2 = 1e-18;
  }
  const double step = 0.3 * (contact * 1.02 - r) / sqrt(r2);
  for (int axis = 0; axis < frame->dim; axis++) move[axis] += step * d[axis];
  return 1 - r / contact;
}
/** One sweep over all pairs; returns the largest relative overlap met. */
static double sweep(Frame *frame, const Mixture *mixture, double closest, Cells *cells, double reach, double *moves) {
  double worst = 0;
  fill_cells(frame, reach, cells);
  memset(moves, 0, 3 * (size_t)frame->n * sizeof(double));
  for (int z = 0; z < cells->n[2]; z++)
    for (int y = 0; y < cells->n[1]; y++)
      for (int x = 0; x < cells->n[0]; x++) {
        int near[3][3];
        const int nx = offsets(cells->n[0], x, near[0]), ny = offsets(cells->n[1], y, near[1]), nz = offsets(cells->n[2], z, near[2]);
        for (int i = cells->head[(z * cells->n[1] + y) * cells->n[0] + x]; i >= 0; i = cells->next[i])
          for (int q = 0; q < nx * ny * nz; q++)
            for (int j = cells->head[(near[2][q / (nx * ny)] * cells->n[1] + near[1][q / nx % ny]) * cells->n[0] + near[0][q % nx]]; j >= 0;
                 j     = cells->next[j])
              if (i != j) worst = fmax(worst, push(frame, mixture, closest, i, j, moves + 3 * (int64_t)i));
      }
  for (int64_t i = 0; i < frame->n; i++)
    for (int axis = 0; axis < frame->dim; axis++) {
      double *r         = &frame->position[3 * i + axis];
      const double edge = frame->edges[axis];
      *r += fmax(-0.2, fmin(0.2, moves[3 * i + axis]));
      *r -= edge * floor(*r / edge);
      if (*r >= edge) *r = 0;
    }
  return worst;
}

Status starts_random(const Mixture *mixture, uint64_t seed, uint32_t replica, double closest, Frame *frame) {
  double largest = 0, worst = 1;
  for (int s = 0; s < mixture->n_species; s++) largest = fmax(largest, mixture->sizes[s]);
  for (int64_t i = 0; i < frame->n; i++) {
    double u[4];
    rng_uniform2((RngKey){seed, replica, RNG_POSITION}, (uint64_t)i, 0, u);
    rng_uniform2((RngKey){seed, replica, RNG_POSITION}, (uint64_t)i, 1, u + 2);
    for (int axis = 0; axis < 3; axis++) frame->position[3 * i + axis] = axis < frame->dim ? u[axis] * frame->edges[axis] : 0;
  }
  Cells cells   = {0};
  double *moves = memory_array(3 * (size_t)frame->n, sizeof(double));
  for (int k = 0; k < 3000 && worst > 0.01; k++) worst = sweep(frame, mixture, closest, &cells, closest * largest, moves);
  memory_free(moves);
  memory_free(cells.head);
  memory_free(cells.next);
  if (worst > 0.01)
    return fail(STATUS_INPUT, "create: no random start without overlaps at this density; use start: lattice or a lower density");
  return STATUS_OK;
}
