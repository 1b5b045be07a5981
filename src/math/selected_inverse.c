#include "math/sparse.h"
Status sparse_selected_inverses(const SparseFactor *factor, const BlockMatrix *m, size_t memory_limit, double *first, double *second,
                                bool *is_done) {
  (void)factor;
  (void)m;
  (void)memory_limit;
  (void)first;
  (void)second;
  *is_done = false;
  return STATUS_OK;
}
