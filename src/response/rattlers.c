/** What is left out, and why the rest does not notice.
 *
 *  Loose particles. A contact is a neighbour with a stiffness k, the largest element of its block of M, that is not zero to rounding and
 *  that the forces left over by the quench, F, cannot open: k (r_c - r) > 8 F. (Where a potential ends, u' ~ s^(p-1) and u'' ~ s^(p-2) in
 *  s = r_c - r, so a neighbour that a minimiser has just pushed away is still in range, with k s a few |u'| <= F. Its k is an artefact of
 *  where the quench stopped.) A particle with fewer contacts than dimensions can move at right angles to all of them; if the stiffness of
 *  that direction e, e.K.e with K = -sum M_ij over its contacts, is not more than what F makes of it (a force F at distance r has F/r),
 *  the direction is a zero mode of M. Its contacts then carry no force, and the particle can follow any motion of theirs at no cost:
 *  its Schur complement vanishes, so G and all that is asked of the others is the same with and without it. Two contacts in line, in
 *  three dimensions, can hand on a force, so such a particle stays. When a particle is taken out its neighbours lose a contact, and are
 *  looked at again; a dimer goes that way. Under three-body forces a contact is more than its block, so only particles without any
 *  neighbour go here.
 *
 *  Loose clusters. Those that are left fall into parts without a contact between them. A part that does not reach round the periodic box
 *  moves as a whole and turns, and after a strain it is what it was before, turned: it adds nothing to any modulus. The same holds for a
 *  branch that hangs on one particle, does not reach round the box and turns about that particle (not under three-body forces, which
 *  hold it by angles). Both are taken out where something does reach round; where nothing does they stay, for then there is no solid.
 *  A walk that goes deep first, from a particle on a way round the box, finds the branches: from what was found behind a particle no
 *  contact leads further back than to the one it was found from.
 *
 *  A solid whose only zero modes are translations loses nothing: each particle, cluster or branch above has zero modes of its own. What
 *  remains and still has some (two solids, a cluster on a hinge of two particles, a droplet that turns) stays as it is, and is no minimum
 *  to respond_compute. */
#include "rattlers.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static const double ZERO    = 1e-10; /* of the largest diagonal element: a stiffness below that is zero to rounding */
static const double LARGEST = 1e-8;  /* of the same, times sigma: larger forces are not left over by a quench */
static const double OPENS = 8, TURNS = 4, IN_LINE = 1e-6;

typedef struct Look {
  const Pairs *pairs;
  const BlockMatrix *matrix;
  const Potential *potential;
  const void *parameters;
  double zero;  /* eps/sigma^2 */
  double force; /* left over, eps/sigma */
  bool *is_out;
} Look;

static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static double largest_diagonal(const BlockMatrix *m) {
  double largest = 0;
  for (int i = 0; i < m->n; i++)
    for (int a = 0; a < m->d; a++) largest = fmax(largest, block_matrix_find(m, i, i)[a * m->d + a]);
  return largest;
}

/** Whether neighbour k of the lists, of particle i, is a contact. */
static bool is_contact(const Look *look, int i, int64_t k) {
  const Pairs *pairs = look->pairs;
  const int j = pairs->neighbor[k], d = pairs->dim;
  if (look->is_out[j]) return false;
  const double *block = block_matrix_find(look->matrix, i, j), *arm = &pairs->arm[3 * k];
  double stiffness = 0;
  for (int a = 0; a < d * d; a++) stiffness = fmax(stiffness, fabs(block[a]));
  const double gap = look->potential->range(look->parameters, pairs->species[i], pairs->species[j]) - sqrt(dot(arm, arm));
  return stiffness > look->zero && stiffness * gap > OPENS * look->force;
}

/** e.K.e over the contacts of particle i. */
static double stiffness_along(const Look *look, int i, int n, const int64_t *contacts, const double *e) {
  const int d = look->pairs->dim;
  double sum  = 0;
  for (int c = 0; c < n; c++) {
    const double *block = block_matrix_find(look->matrix, i, look->pairs->neighbor[contacts[c]]);
    for (int a = 0; a < d; a++)
      for (int b = 0; b < d; b++) sum -= e[a] * block[a * d + b] * e[b];
  }
  return sum;
}

/** A direction of length 1 at right angles to n < d arms; false if two of them are in line. */
static bool find_direction(int d, int n, const double *const arms[2], double e[3]) {
  const double *a = arms[0];
  double other[3] = {0, 0, d == 2};
  if (d == 3 && n == 1) other[fabs(a[0]) < fabs(a[1]) ? 0 : 1] = 1; /* not along the arm */
  const double *b = n == 2 ? arms[1] : other;
  e[0]            = a[1] * b[2] - a[2] * b[1];
  e[1]            = a[2] * b[0] - a[0] * b[2];
  e[2]            = a[0] * b[1] - a[1] * b[0];
  const double e2 = dot(e, e);
  for (int k = 0; k < 3; k++) e[k] /= sqrt(e2);
  return e2 > IN_LINE * dot(a, a) * dot(b, b);
}

static bool is_loose(const Look *look, int i) {
  const Pairs *pairs = look->pairs;
  const int d        = pairs->dim;
  int64_t contacts[3];
  int n = 0;
  if (look->potential->triplet) return pairs->start[i] == pairs->start[i + 1];
  for (int64_t k = pairs->start[i]; k < pairs->start[i + 1] && n < d; k++)
    if (is_contact(look, i, k)) contacts[n++] = k;
  if (n == 0) return true;
  if (n == d) return false;
  const double *arms[2] = {&pairs->arm[3 * contacts[0]], &pairs->arm[3 * contacts[n - 1]]};
  double e[3];
  if (!find_direction(d, n, arms, e)) return false;
  const double shortest = sqrt(fmin(dot(arms[0], arms[0]), dot(arms[1], arms[1])));
  return fabs(stiffness_along(look, i, n, contacts, e)) <= look->zero + TURNS * look->force / shortest;
}

/** Until no particle is loose. */
static void take_particles(const Look *look) {
  bool is_new = true;
  while (is_new) {
    is_new = false;
    for (int i = 0; i < look->pairs->n; i++)
      if (!look->is_out[i] && is_loose(look, i)) look->is_out[i] = is_new = true;
  }
}

/** One walk over a part, as deep as it goes before it turns back [Tarjan, SIAM J. Comput. 1, 146 (1972)]. */
typedef struct Walk {
  const Look *look;
  int n_found;
  int *order;    /* [n] particles as they are found */
  int *found;    /* [n] place in that order, from 1; 0: not yet */
  int *from;     /* [n] whence */
  int *low;      /* [n] the earliest particle with a contact to what was found behind this one */
  bool *is_ring; /* [n] a way round the box begins here, or behind this one */
  int64_t *next; /* [n] neighbour to look at next */
  double *place; /* [n][3] r - r_first along the way that led there */
} Walk;

static Walk walk_create(const Look *look) {
  const size_t n = (size_t)look->pairs->n;
  return (Walk){look,
                0,
                memory_array(n, sizeof(int)),
                memory_array(n, sizeof(int)),
                memory_array(n, sizeof(int)),
                memory_array(n, sizeof(int)),
                memory_array(n, sizeof(bool)),
                memory_array(n, sizeof(int64_t)),
                memory_array(3 * n, sizeof(double))};
}
static void walk_destroy(Walk *w) {
  memory_free(w->order);
  memory_free(w->found);
  memory_free(w->from);
  memory_free(w->low);
  memory_free(w->is_ring);
  memory_free(w->next);
  memory_free(w->place);
}

static void walk_enter(Walk *w, int i, int from) {
  w->order[w->n_found++] = i;
  w->found[i] = w->low[i] = w->n_found;
  w->from[i]              = from;
  w->is_ring[i]           = false;
  w->next[i]              = w->look->pairs->start[i];
}

/** The contact k of particle i: a step to a new particle, or back to an earlier one. */
static int walk_step(Walk *w, int i, int64_t k) {
  const Pairs *pairs = w->look->pairs;
  const int j        = pairs->neighbor[k];
  const double *arm = &pairs->arm[3 * k], *here = &w->place[3 * i];
  double *there = &w->place[3 * j], apart = 0;
  if (w->found[j] == 0) {
    for (int a = 0; a < 3; a++) there[a] = here[a] + arm[a];
    walk_enter(w, j, i);
    return j;
  }
  if (w->found[j] > w->found[i] || j == w->from[i]) return i;
  for (int a = 0; a < 3; a++) apart = fmax(apart, fabs(here[a] + arm[a] - there[a]));
  w->is_ring[i] = w->is_ring[i] || apart > sqrt(dot(arm, arm)); /* a period is longer, a rounding error shorter */
  if (w->found[j] < w->low[i]) w->low[i] = w->found[j];
  return i;
}

/** Back from particle i to where it was found from. */
static int walk_return(Walk *w, int i, bool takes_branches) {
  const int to = w->from[i];
  if (to < 0) return -1;
  if (takes_branches && w->low[i] >= w->found[to] && !w->is_ring[i])
    for (int k = w->found[i] - 1; k < w->n_found; k++) w->look->is_out[w->order[k]] = true;
  w->is_ring[to] = w->is_ring[to] || w->is_ring[i];
  if (w->low[i] < w->low[to]) w->low[to] = w->low[i];
  return to;
}

/** Walk over the part of particle `first`; a particle from which a ring closes, -1 if none does. */
static int walk_part(Walk *w, int first, bool takes_branches) {
  int ring = -1, i = first;
  walk_enter(w, first, -1);
  while (i >= 0) {
    if (w->next[i] == w->look->pairs->start[i + 1]) {
      i = walk_return(w, i, takes_branches);
    } else {
      const int64_t k    = w->next[i]++;
      const bool was_one = w->is_ring[i];
      if (!is_contact(w->look, i, k)) continue;
      const int to = walk_step(w, i, k);
      if (to == i && w->is_ring[i] && !was_one) ring = i;
      i = to;
    }
  }
  return ring;
}

/** Clusters and branches; true if there were some. */
static bool take_clusters(const Look *look) {
  const int n = look->pairs->n;
  int *ring = memory_array((size_t)n, sizeof *ring), n_solids = 0, n_before = 0, n_after = 0;
  bool *is_part = memory_array((size_t)n, sizeof *is_part); /* of a solid */
  Walk w        = walk_create(look);
  for (int i = 0; i < n; i++) {
    n_before += look->is_out[i];
    if (look->is_out[i] || w.found[i] > 0) continue;
    const int first = w.n_found, at = walk_part(&w, i, false);
    if (at >= 0) ring[n_solids++] = at;
    for (int k = first; k < w.n_found; k++) is_part[w.order[k]] = at >= 0;
  }
  for (int i = 0; i < n && n_solids > 0; i++) look->is_out[i] = !is_part[i];
  memset(w.found, 0, (size_t)n * sizeof *w.found);
  w.n_found = 0;
  for (int k = 0; k < n_solids && !look->potential->triplet; k++) walk_part(&w, ring[k], true);
  for (int i = 0; i < n; i++) n_after += look->is_out[i];
  walk_destroy(&w);
  memory_free(is_part);
  memory_free(ring);
  return n_after > n_before;
}

int rattlers_find(const Pairs *pairs, const Hessian *hessian, const Potential *potential, const void *parameters, bool *is_out) {
  const double largest = largest_diagonal(&hessian->matrix);
  const Look look      = {.pairs      = pairs,
                          .matrix     = &hessian->matrix,
                          .potential  = potential,
                          .parameters = parameters,
                          .zero       = ZERO * largest,
                          .force      = fmin(hessian->max_force, LARGEST * largest),
                          .is_out     = is_out};
  int n                = 0;
  memset(is_out, 0, (size_t)pairs->n * sizeof *is_out);
  do take_particles(&look);
  while (take_clusters(&look));
  for (int i = 0; i < pairs->n; i++) n += is_out[i];
  return n;
}

void rattlers_leave_out(const Pairs *pairs, const bool *is_out, Pairs *rest, int **row) {
  int *number = memory_array((size_t)pairs->n, sizeof *number), n = 0;
  int64_t count = 0;
  *rest         = (Pairs){.dim = pairs->dim, .volume = pairs->volume};
  *row          = memory_array((size_t)pairs->n, sizeof **row);
  for (int i = 0; i < pairs->n; i++) {
    if (is_out[i]) continue;
    number[i]   = n;
    (*row)[n++] = i;
  }
  rest->n        = n;
  rest->start    = memory_array((size_t)n + 1, sizeof *rest->start);
  rest->species  = memory_array((size_t)n, sizeof *rest->species);
  rest->neighbor = memory_array((size_t)pairs->start[pairs->n], sizeof *rest->neighbor);
  rest->arm      = memory_array(3 * (size_t)pairs->start[pairs->n], sizeof *rest->arm);
  for (int k = 0; k < n; k++) {
    const int i      = (*row)[k];
    rest->species[k] = pairs->species[i];
    for (int64_t l = pairs->start[i]; l < pairs->start[i + 1]; l++) {
      if (is_out[pairs->neighbor[l]]) continue;
      rest->neighbor[count] = number[pairs->neighbor[l]];
      memcpy(&rest->arm[3 * count], &pairs->arm[3 * l], 3 * sizeof *rest->arm);
      count++;
    }
    rest->start[k + 1] = count;
  }
  memory_free(number);
}
