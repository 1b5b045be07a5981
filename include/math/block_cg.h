#pragma once
/** Conjugate gradients on block matrices, many right-hand sides at once: for what is too large to factorise. */
#include <stdbool.h>

#include "math/sparse.h"

/** x <- M^+ b for n_rhs right-hand sides [n_rhs][n*d], in place; translations are projected out. Until |r| <= tolerance |b| for each.
 *  Preconditioned by the inverse diagonal blocks. False if M shows a direction of no or negative curvature beside its translations, or if
 *  `most` iterations do not do: then b is undefined. iterations: the largest number needed, may be NULL.
 *  Memory: 80 n d doubles. */
bool block_cg_solve(const BlockMatrix *m, int n_rhs, double *b, double tolerance, int most, int *iterations);
