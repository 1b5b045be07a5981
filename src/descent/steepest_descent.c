/* The gradient flow dr/dt = F(r), whose end is by definition the minimum of the basin that r(0) lies in: the reference for every other
 * minimiser. Integrated by CVODE [Hindmarsh et al., ACM TOMS 31, 363 (2005)]: backward differentiation of variable order and step, since
 * the flow is stiff (curvatures over five decades), Newton iterations by GMRES with products of the Jacobian as differences of forces;
 * relative tolerance goal->flow_tolerance, absolute tolerance the same fraction of the mean distance per component.
 *
 * The flow approaches the minimum along its softest mode, exponentially. Where the strain max|F|/(curvature length) has fallen to 1e-6, the
 * last decades are left to Newton steps (newton.h), provided that they move no particle by more than a hundredth of the mean
 * distance; if they would, everything goes back and the flow goes on for two more decades. */
#include <cvode/cvode.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_spgmr.h>

#include "base/error.h"
#include "base/memory.h"
#include "newton.h"
#include "vectors.h"

enum { STEPS_AT_ONCE = 20, NEWTON_STEPS = 30 };
static const double SMALL_STRAIN = 1e-6, REACH = 0.01;

typedef struct Flow {
  Slope *slope;
  double *at, *move; /* [n] displacement from the start where the System is; a move */
  SUNContext context;
  N_Vector y; /* displacement of the solution */
  SUNLinearSolver solver;
  void *cvode;
  double time;
} Flow;

/** The System to displacement y. */
static bool go_to(Flow *flow, const double *y) {
  vector_subtract(flow->slope->n, y, flow->at, flow->move);
  if (!slope_move(flow->slope, flow->move, 1)) return false;
  vector_copy(flow->slope->n, flow->at, y);
  return true;
}

static int slope_of(realtype time, N_Vector y, N_Vector dy, void *user) {
  (void)time;
  Flow *flow = user;
  if (!go_to(flow, N_VGetArrayPointer(y))) return -1;
  vector_copy(flow->slope->n, N_VGetArrayPointer(dy), flow->slope->force);
  return 0;
}

/* The vector operations that CVODE spends its time with; SUNDIALS' own, one number at a time, take three times as long as all forces. */
static realtype dot(N_Vector a, N_Vector b) { return vector_dot((size_t)N_VGetLength(a), N_VGetArrayPointer(a), N_VGetArrayPointer(b)); }
static void linear_sum(realtype a, N_Vector x_vector, realtype b, N_Vector y_vector, N_Vector z_vector) {
  const size_t n  = (size_t)N_VGetLength(z_vector);
  const double *x = N_VGetArrayPointer(x_vector), *y = N_VGetArrayPointer(y_vector);
  double *z = N_VGetArrayPointer(z_vector); /* may be x or y */
  for (size_t i = 0; i < n; i++) z[i] = a * x[i] + b * y[i];
}
static realtype weighted_norm(N_Vector x_vector, N_Vector w_vector) {
  const size_t n  = (size_t)N_VGetLength(x_vector);
  const double *x = N_VGetArrayPointer(x_vector), *w = N_VGetArrayPointer(w_vector);
  double sum[8] = {0}, total = 0;
  for (size_t i = 0; i < n; i += 8) /* n is a multiple of 32 */
    for (size_t k = 0; k < 8; k++) {
      const double product = x[i + k] * w[i + k];
      sum[k] += product * product;
    }
  for (int k = 0; k < 8; k++) total += sum[k];
  return sqrt(total / (double)n);
}

static void flow_begin(Flow *flow, Slope *slope) {
  const double tolerance = slope->goal->flow_tolerance;
  *flow                  = (Flow){.slope = slope, .at = vector_new(slope->n), .move = vector_new(slope->n)};
  require(SUNContext_Create(NULL, &flow->context) == 0, "SUNDIALS");
  flow->y = N_VNew_Serial((sunindextype)slope->n, flow->context);
  require(flow->y != NULL, "SUNDIALS");
  flow->y->ops->nvdotprod   = dot;
  flow->y->ops->nvlinearsum = linear_sum;
  flow->y->ops->nvwrmsnorm  = weighted_norm;
  N_VConst(0, flow->y);
  flow->cvode  = CVodeCreate(CV_BDF, flow->context);
  flow->solver = SUNLinSol_SPGMR(flow->y, SUN_PREC_NONE, 10, flow->context);
  require(flow->cvode != NULL && flow->solver != NULL && CVodeInit(flow->cvode, slope_of, 0, flow->y) == CV_SUCCESS &&
              CVodeSStolerances(flow->cvode, tolerance, tolerance * slope->goal->length) == CV_SUCCESS &&
              CVodeSetLinearSolver(flow->cvode, flow->solver, NULL) == CV_SUCCESS && CVodeSetUserData(flow->cvode, flow) == CV_SUCCESS &&
              CVodeSetErrFile(flow->cvode, NULL) == CV_SUCCESS && CVodeSetMaxNumSteps(flow->cvode, -1) == CV_SUCCESS,
          "CVODE");
}

static void flow_end(Flow *flow) {
  CVodeFree(&flow->cvode);
  (void)SUNLinSolFree(flow->solver);
  N_VDestroy(flow->y);
  (void)SUNContext_Free(&flow->context);
  memory_free(flow->at);
  memory_free(flow->move);
}

/** Some steps of the integration; the System ends on the solution. */
static void flow_on(Flow *flow) {
  const double soon = flow->time + 1e3 / flow->slope->curvature; /* CVODE's first step is guessed from it */
  for (int k = 0; k < STEPS_AT_ONCE && !flow->slope->is_stuck && !flow->slope->is_lost; k++)
    if (CVode(flow->cvode, soon, flow->y, &flow->time, CV_ONE_STEP) < 0) flow->slope->is_stuck = true;
  (void)go_to(flow, N_VGetArrayPointer(flow->y));
}

static void descend(System *system, const DescentGoal *goal, Descent *report) {
  Slope slope;
  Flow flow;
  slope_begin(&slope, system, goal);
  flow_begin(&flow, &slope);
  double strain = SMALL_STRAIN;
  while (!slope_is_over(&slope, report)) {
    flow_on(&flow);
    if (slope.max_force > strain * slope.curvature * goal->length) continue;
    if (!newton_polish(&slope, NEWTON_STEPS, REACH * goal->length)) strain *= 0.01;
  }
  flow_end(&flow);
}

const Minimizer minimizer_steepest_descent = {"steepest_descent",
                                              "the gradient flow dr/dt = F, integrated by CVODE: the basin that a configuration belongs to",
                                              "Hindmarsh et al., ACM Trans. Math. Softw. 31, 363 (2005)", descend};
