/** A pair energy as a function of A = R.R: with f = -u'/r and k = u'' of the contract,
 *    du/dA = u'/(2r) = -f/2,    d2u/dA2 = (u'' - u'/r) / (4A) = (k + f) / (4A).
 *  Triplets are all unordered pairs of neighbours of a centre. */
#include "elements.h"

#include <math.h>

static double dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static void visit_pairs(const Pairs *pairs, const Potential *potential, const void *parameters, ElementVisit *visit, void *context) {
  for (int i = 0; i < pairs->n; i++)
    for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++) {
      const int j = pairs->neighbor[k];
      if (j < i) continue;
      const double *arm = &pairs->arm[3 * k], r2 = dot(arm, arm);
      const PairValue p     = potential->pair(parameters, pairs->species[i], pairs->species[j], sqrt(r2));
      const Element element = {.n_arms     = 1,
                               .n_products = 1,
                               .centre     = i,
                               .end        = {j},
                               .arm        = {arm},
                               .u          = p.u,
                               .first      = {-0.5 * p.f},
                               .second     = {{(p.k + p.f) / (4 * r2)}}};
      visit(context, &element);
    }
}

static void visit_triplet(const Potential *potential, const void *parameters, Element *element, ElementVisit *visit, void *context) {
  const double *a = element->arm[0], *b = element->arm[1], s[3] = {dot(a, a), dot(b, b), dot(a, b)};
  const TripletValue t = potential->triplet(parameters, s);
  element->u           = t.h;
  for (int m = 0; m < 3; m++) {
    element->first[m] = t.first[m];
    for (int n = 0; n < 3; n++) element->second[m][n] = t.second[m][n];
  }
  visit(context, element);
}

void elements_visit(const Pairs *pairs, const Potential *potential, const void *parameters, ElementVisit *visit, void *context) {
  visit_pairs(pairs, potential, parameters, visit, context);
  if (!potential->triplet) return;
  for (int i = 0; i < pairs->n; i++)
    for (int64_t k = pairs->start[i]; k < pairs->start[i + 1]; k++)
      for (int64_t l = k + 1; l < pairs->start[i + 1]; l++) {
        Element element = {.n_arms     = 2,
                           .n_products = 3,
                           .centre     = i,
                           .end        = {pairs->neighbor[k], pairs->neighbor[l]},
                           .arm        = {&pairs->arm[3 * k], &pairs->arm[3 * l]}};
        visit_triplet(potential, parameters, &element, visit, context);
      }
}
