/* The content is that of the serial vector, so its component-wise operations serve, with more behind it. Only what CVODE and SPGMR call is
 * made good for a group: dot product, weighted norm, maximum norm, minimum, length, and the linear sum, which is a kernel: SUNDIALS' own,
 * one number at a time, takes three times as long as all forces. */
#include "flow_vector.h"

#include <math.h>
#include <nvector/nvector_serial.h>

#include "base/error.h"
#include "base/memory.h"

typedef struct Content {
  struct _N_VectorContent_Serial serial; /* first: what the serial operations see */
  Vector vector, *scratch;
} Content;

Vector *flow_vector_inside(N_Vector v) { return &((Content *)v->content)->vector; }
static Vector *refreshed(N_Vector v) {
  vector_refresh(flow_vector_inside(v));
  return flow_vector_inside(v);
}

static sunindextype length(N_Vector v) {
  const System *system = flow_vector_inside(v)->system;
  return (sunindextype)(system_particles(system) * system_dim(system));
}
static realtype dot(N_Vector a, N_Vector b) { return vector_dot(refreshed(a), refreshed(b)); }
static void linear_sum(realtype a, N_Vector x, realtype b, N_Vector y, N_Vector z) {
  vector_mix(flow_vector_inside(z), a, flow_vector_inside(x), b, flow_vector_inside(y));
}
static realtype weighted_norm(N_Vector x, N_Vector w) {
  Vector *product = ((Content *)x->content)->scratch;
  vector_multiply(product, flow_vector_inside(x), flow_vector_inside(w));
  return sqrt(vector_dot(product, product) / (double)length(x));
}
static realtype maximum_norm(N_Vector x) {
  double largest = refreshed(x)->largest;
  system_agree_largest(flow_vector_inside(x)->system, &largest, 1);
  return largest;
}
static realtype minimum(N_Vector x) {
  const Vector *v = flow_vector_inside(x);
  double largest  = -INFINITY; /* of -x */
  for (size_t i = 0; i < v->n; i++) largest = fmax(largest, -v->at[i]);
  system_agree_largest(v->system, &largest, 1);
  return -largest;
}

static void attach(N_Vector v, const System *system, Vector *scratch) {
  Content *content = memory_array(1, sizeof *content);
  vector_init(&content->vector, system);
  content->scratch = scratch;
  content->serial  = (struct _N_VectorContent_Serial){.length = (sunindextype)content->vector.n, .data = content->vector.at};
  v->content       = content;
}
static N_Vector clone(N_Vector w) {
  N_Vector v = N_VNewEmpty(w->sunctx);
  require(v != NULL && N_VCopyOps(w, v) == 0, "SUNDIALS");
  attach(v, flow_vector_inside(w)->system, ((Content *)w->content)->scratch);
  return v;
}
static void destroy(N_Vector v) {
  if (!v) return;
  vector_clear(flow_vector_inside(v));
  memory_free(v->content);
  v->content = NULL;
  N_VFreeEmpty(v);
}

N_Vector flow_vector_new(const System *system, Vector *scratch, SUNContext context) {
  N_Vector serial = N_VNewEmpty_Serial(0, context), v = N_VNewEmpty(context);
  require(serial != NULL && v != NULL && N_VCopyOps(serial, v) == 0, "SUNDIALS");
  N_VDestroy(serial);
  v->ops->nvclone      = clone;
  v->ops->nvcloneempty = NULL;
  v->ops->nvdestroy    = destroy;
  v->ops->nvgetlength  = length;
  v->ops->nvdotprod    = dot;
  v->ops->nvlinearsum  = linear_sum;
  v->ops->nvwrmsnorm   = weighted_norm;
  v->ops->nvmaxnorm    = maximum_norm;
  v->ops->nvmin        = minimum;
  attach(v, system, scratch);
  return v;
}
