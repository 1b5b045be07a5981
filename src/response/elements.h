#pragma once
/** What an energy is made of: pairs and triplets, both as functions of the products of a few arms, handed out one by one. */
#include "potentials/potential.h"
#include "response/pairs.h"

enum { MAX_ARMS = 2, MAX_PRODUCTS = 3 };
/* u(S): S = (R.R) of a pair, (R1.R1, R2.R2, R1.R2) of a triplet; R_a = x[end[a]] - x[centre]. */
typedef struct Element {
  int n_arms, n_products; /* 1, 1 or 2, 3 */
  int centre, end[MAX_ARMS];
  const double *arm[MAX_ARMS]; /* [3] */
  double u, first[MAX_PRODUCTS], second[MAX_PRODUCTS][MAX_PRODUCTS];
} Element;
/** The two arms of product m. */
static inline void element_arms(int m, int *a, int *b) {
  *a = m == 1;
  *b = m > 0;
}

typedef void ElementVisit(void *context, const Element *element);
void elements_visit(const Pairs *pairs, const Potential *potential, const void *parameters, ElementVisit *visit, void *context);
