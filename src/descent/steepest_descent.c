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
#include <sunlinsol/sunlinsol_spgmr.h>

#include "base/error.h"
#include "flow_vector.h"
#include "newton.h"

enum { STEPS_AT_ONCE = 20, NEWTON_STEPS = 30 };
static const double SMALL_STRAIN = 1e-6, REACH = 0.01;

typedef struct Flow {
  Slope *slope;
  Vector at, move; /* displacement from the start where the System is; a move */
  SUNContext context;
  N_Vector y; /* displacement of the solution */
  SUNLinearSolver solver;
  void *cvode;
  double time;
} Flow;

/** The System to displacement y. */
static bool go_to(Flow *flow, const Vector *y) {
  vector_mix(&flow->move, 1, y, -1, &flow->at);
  if (!slope_move(flow->slope, &flow->move, 1)) return false;
  vector_copy(&flow->at, y);
  return true;
}

static int slope_of(realtype time, N_Vector y, N_Vector dy, void *user) {
  (void)time;
  Flow *flow = user;
  if (!go_to(flow, flow_vector_inside(y))) return -1;
  vector_copy(flow_vector_inside(dy), &flow->slope->force);
  return 0;
}

static void flow_begin(Flow *flow, Slope *slope) {
  const double tolerance = slope->goal->flow_tolerance;
  *flow                  = (Flow){.slope = slope};
  vector_init(&flow->at, slope->system);
  vector_init(&flow->move, slope->system);
  require(SUNContext_Create(NULL, &flow->context) == 0, "SUNDIALS");
  flow->y      = flow_vector_new(slope->system, &flow->move, flow->context);
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
  vector_clear(&flow->at);
  vector_clear(&flow->move);
}

/** Some steps of the integration; the System ends on the solution. */
static void flow_on(Flow *flow) {
  const double soon = flow->time + 1e3 / flow->slope->curvature; /* CVODE's first step is guessed from it */
  for (int k = 0; k < STEPS_AT_ONCE && !flow->slope->is_stuck && !flow->slope->is_lost && !flow->slope->is_stopped; k++)
    if (CVode(flow->cvode, soon, flow->y, &flow->time, CV_ONE_STEP) < 0) flow->slope->is_stuck = true;
  (void)go_to(flow, flow_vector_inside(flow->y));
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
