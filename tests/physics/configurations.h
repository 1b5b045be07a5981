#pragma once
/** Configurations that are hard on a force routine: all made by the generator of lcg.h, so every run has the same. */
#include "../lcg.h"

/** n of the sites of a lattice that fills the box, in random order of species. jitter: largest displacement, in units of the spacing;
 *  0: exactly on the sites, of which some lie on the faces. */
static inline void configuration_sites(Frame *frame, int64_t n, int dim, const double edges[3], double jitter, double fraction_b,
                                       Lcg *lcg) {
  frame_resize(frame, n, dim);
  int64_t cells[3] = {1, 1, 1}, sites = 1;
  for (double spacing = 4; sites < n; spacing *= 0.99) {
    sites = 1;
    for (int axis = 0; axis < dim; axis++) {
      cells[axis] = (int64_t)(edges[axis] / spacing);
      sites *= cells[axis];
    }
  }
  for (int axis = 0; axis < 3; axis++) frame->edges[axis] = axis < dim ? edges[axis] : 1;
  int64_t taken = 0;
  for (int64_t site = 0; site < sites; site++) {
    if (lcg_next(lcg) * (double)(sites - site) >= (double)(n - taken)) continue;
    const int64_t cell[3] = {site % cells[0], site / cells[0] % cells[1], site / cells[0] / cells[1]};
    for (int axis = 0; axis < 3; axis++) {
      const double edge = frame->edges[axis], u = (double)cell[axis] + jitter * (2 * lcg_next(lcg) - 1), x = u / (double)cells[axis] * edge;
      const double wrapped              = x - edge * floor(x / edge);
      frame->position[3 * taken + axis] = axis < dim && wrapped < edge ? wrapped : 0;
    }
    frame->species[taken++] = lcg_next(lcg) < fraction_b;
  }
}

/** All into the lower half of each axis: eight (four) times as dense, beside a vacuum. */
static inline void configuration_squeeze(Frame *frame) {
  for (int64_t k = 0; k < 3 * frame->n; k++) frame->position[k] *= 0.5;
}

/** Coordinates near a face or the middle plane to exactly 0, the last double below the edge, or half the edge. */
static inline void configuration_faces(Frame *frame, double near, Lcg *lcg) {
  for (int64_t k = 0; k < 3 * frame->n; k++) {
    const double edge = frame->edges[k % 3], x = frame->position[k];
    if (k % 3 >= frame->dim) continue;
    if (fmin(x, edge - x) < near) frame->position[k] = lcg_next(lcg) < 0.5 ? 0 : nextafter(edge, 0);
    if (fabs(x - edge / 2) < near) frame->position[k] = edge / 2;
  }
}

/** Particle 1 to distance r from particle 0, across a face if there is one near. */
static inline void configuration_overlap(Frame *frame, double r, Lcg *lcg) {
  double d[3] = {0, 0, 0}, length = 0;
  for (int axis = 0; axis < frame->dim; axis++) {
    d[axis] = 2 * lcg_next(lcg) - 1;
    length += d[axis] * d[axis];
  }
  for (int axis = 0; axis < frame->dim; axis++) {
    const double edge = frame->edges[axis], x = frame->position[axis] + r * d[axis] / sqrt(length);
    frame->position[3 + axis] = x - edge * floor(x / edge);
  }
}
