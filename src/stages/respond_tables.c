/** Columns and rows, nothing else. Moduli of the table `elastic` are those for Lagrangian strains (response/hessian.h); their names carry
 *  the axes: C_xx_yy. */
#include "respond_tables.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

const char *const respond_table_names[N_RESPOND_TABLES] = {
    "elastic", "dipoles", "particles", "modes", "pseudoharmonic", "mode_vectors", "pseudoharmonic_vectors", "configurations"};
static const char *const titles[N_RESPOND_TABLES] = {"stress and relaxed elastic moduli of each configuration",
                                                     "dipole stiffness of interacting pairs",
                                                     "fields per particle",
                                                     "lowest vibrational modes",
                                                     "pseudoharmonic modes, by stiffness",
                                                     "vectors of the lowest modes, normalised",
                                                     "vectors of the softest pseudoharmonic modes, normalised",
                                                     "response of each configuration"};

#define FRAME_COLUMN \
  { "frame", "1", "number of the configuration; files of several replicas are numbered through", "" }
static const Column configuration_columns[] = {
    FRAME_COLUMN,
    {"source_frame", "1", "frame in the file it was read from", ""},
    {"parent_frame", "1", "frame of the run it was quenched from", ""},
    {"replica", "1", "replica of the run", ""},
    {"parent_temperature", "eps/kB", "temperature of the parent liquid", ""},
    {"particles", "1", "number of particles", ""},
    {"rattlers", "1", "of them left out: held by nothing, or only by each other; G, kappa and modes are those of the rest", ""},
    {"volume", "sigma^d", "volume (area in 2D)", ""},
    {"energy", "eps", "potential energy per particle", ""},
    {"pressure", "eps/sigma^d", "-tr stress/d", ""},
    {"max_force", "eps/sigma", "largest |F|", ""},
    {"outcome", "1", "0 minimum, 1 saddle or zero modes, 2 not quenched", ""},
    {"quench_outcome", "1", "outcome of the descent as quench marked it: 0 converged; nan: it is not told", ""},
    {"zero_modes", "1",
     "zero modes, rattlers left out: of a minimum the d translations, for its factor (or conjugate gradients) met no other; else counted, "
     "eigenvalues within 1e-10 of the largest row sum",
     ""},
    {"negative_modes", "1", "directions downhill", ""},
    {"G", "eps/sigma^d", "shear modulus of the plane asked for", "V^-1 [U_gg - Xi.M^-1.Xi]"},
    {"G_born", "eps/sigma^d", "its affine part", "U_gg/V"},
    {"G_nonaffine", "eps/sigma^d", "what relaxation takes off", "Xi.M^-1.Xi/V"},
    {"G_xy", "eps/sigma^d", "shear modulus, plane xy", ""},
    {"G_xz", "eps/sigma^d", "shear modulus, plane xz", ""},
    {"G_yz", "eps/sigma^d", "shear modulus, plane yz", ""},
    {"bulk_modulus", "eps/sigma^d", "-V dP/dV", ""},
    {"kappa_mean", "eps/sigma^2", "dipole stiffness, mean over pairs", "kappa = d.z/z.z, z = M^-1 d"},
    {"kappa_median", "eps/sigma^2", "its median", ""},
    {"kappa_min", "eps/sigma^2", "its smallest", ""},
    {"n_dipoles", "1", "pairs", ""},
    {"dipole_method", "1", "1 selected inversion, 2 solves, 3 iteration, 0 none", ""},
    {"pseudoharmonic_failed", "1", "starts of pseudoharmonic modes that did not converge", ""},
    {"lowest_eigenvalue", "eps/sigma^2", "smallest eigenvalue of the Hessian beside the translations", ""},
    {"seconds", "s", "wall time", ""},
    {"rows_elastic", "1", "rows of this configuration in table elastic", ""},
    {"rows_dipoles", "1", "rows of this configuration in table dipoles", ""},
    {"rows_particles", "1", "rows of this configuration in table particles", ""},
    {"rows_modes", "1", "rows of this configuration in table modes", ""},
    {"rows_pseudoharmonic", "1", "rows of this configuration in table pseudoharmonic", ""},
    {"rows_mode_vectors", "1", "rows of this configuration in table mode_vectors", ""},
    {"rows_pseudoharmonic_vectors", "1", "rows of this configuration in table pseudoharmonic_vectors", ""}};
static const Column dipole_columns[]                 = {FRAME_COLUMN,
                                                        {"i", "1", "particle, row of the frame", ""},
                                                        {"j", "1", "its partner, j > i", ""},
                                                        {"distance", "sigma", "r_ij", ""},
                                                        {"kappa", "eps/sigma^2", "dipole stiffness", "d.z/z.z, z = M^-1 d"}};
static const Column particle_columns[]               = {FRAME_COLUMN,
                                                        {"particle", "1", "row of the frame", ""},
                                                        {"species", "1", "species, from 0", ""},
                                                        {"kappa", "eps/sigma^2", "mean kappa_ij of all pairs of the particle; nan: a rattler", ""}};
static const Column mode_columns[]                   = {FRAME_COLUMN,
                                                        {"mode", "1", "number of the mode, the translations not counted", ""},
                                                        {"eigenvalue", "eps/sigma^2", "of the Hessian", ""},
                                                        {"omega", "1/time", "sqrt of the eigenvalue, unit mass", ""},
                                                        {"participation_ratio", "1", "(sum |u_i|^2)^2/(N sum |u_i|^4), N without rattlers", ""}};
static const Column pseudoharmonic_columns[]         = {FRAME_COLUMN,
                                                        {"mode", "1", "number of the mode, by stiffness", ""},
                                                        {"stiffness", "eps/sigma^2", "z.M.z of the normalised mode", ""},
                                                        {"cost", "eps^2/sigma^4", "cost function", "Richard 2021: (z.M.z)^2/sum (z_ij.z_ij)^2"},
                                                        {"cost_dipole", "eps^2/sigma^4", "of the dipole response it was found from", ""},
                                                        {"participation_ratio", "1", "(sum |z_i|^2)^2/(N sum |z_i|^4), N without rattlers", ""},
                                                        {"i", "1", "first particle of that dipole", ""},
                                                        {"j", "1", "second particle of that dipole", ""},
                                                        {"core_i", "1", "first particle of the pair where the mode is", "largest z_ij.z_ij"},
                                                        {"core_j", "1", "second particle of that pair", ""},
                                                        {"iterations", "1", "of the fixed-point map", ""}};
static const Column vector_columns[]                 = {FRAME_COLUMN,
                                                        {"mode", "1", "number of the mode in its table", ""},
                                                        {"particle", "1", "row of the frame, runs fastest", ""},
                                                        {"x", "1", "component of the normalised mode; of a rattler 0", ""},
                                                        {"y", "1", "likewise", ""},
                                                        {"z", "1", "likewise; not in 2D", ""}};
static const Column *const columns[N_RESPOND_TABLES] = {
    NULL, dipole_columns, particle_columns, mode_columns, pseudoharmonic_columns, vector_columns, vector_columns, configuration_columns};
static const int n_columns[N_RESPOND_TABLES] = {0,
                                                sizeof dipole_columns / sizeof(Column),
                                                sizeof particle_columns / sizeof(Column),
                                                sizeof mode_columns / sizeof(Column),
                                                sizeof pseudoharmonic_columns / sizeof(Column),
                                                sizeof vector_columns / sizeof(Column),
                                                sizeof vector_columns / sizeof(Column),
                                                sizeof configuration_columns / sizeof(Column)};

bool respond_is_marked(double quench_outcome) { return isfinite(quench_outcome) && quench_outcome != 0; }

bool respond_table_is_long(RespondTable which) {
  return which == TABLE_DIPOLES || which == TABLE_PARTICLES || which == TABLE_MODE_VECTORS || which == TABLE_PSEUDOHARMONIC_VECTORS;
}

bool respond_table_wanted(RespondTable which, const RespondSettings *settings) {
  switch (which) {
    case TABLE_ELASTIC:
      return settings->has_shear;
    case TABLE_DIPOLES:
      return settings->has_dipoles && settings->keeps_dipoles;
    case TABLE_PARTICLES:
      return settings->has_dipoles && settings->dipole.n_pairs == DIPOLE_ALL;
    case TABLE_MODES:
      return settings->n_modes > 0;
    case TABLE_PSEUDOHARMONIC:
      return settings->pseudoharmonic.n_starts > 0;
    case TABLE_MODE_VECTORS:
      return settings->n_vectors > 0 && settings->n_modes > 0;
    case TABLE_PSEUDOHARMONIC_VECTORS:
      return settings->n_vectors > 0 && settings->pseudoharmonic.n_starts > 0;
    default:
      return true;
  }
}

/** frame, stresses, upper triangle of the moduli. */
static Table *elastic_layout(int dim) {
  static const char *const axes_3d[] = {"xx", "yy", "zz", "xy", "xz", "yz"}, *const axes_2d[] = {"xx", "yy", "xy"};
  const char *const *axes                                           = dim == 3 ? axes_3d : axes_2d;
  const int n                                                       = dim == 3 ? MAX_STRAINS : 3;
  Column all[1 + MAX_STRAINS + MAX_STRAINS * (MAX_STRAINS + 1) / 2] = {FRAME_COLUMN};
  char names[sizeof all / sizeof *all][16];
  int count = 1;
  for (int i = 0; i < n; i++, count++) {
    snprintf(names[count], sizeof *names, "stress_%s", axes[i]);
    all[count] = (Column){names[count], "eps/sigma^d", "stress, tension positive", "V^-1 dU/deta"};
  }
  for (int i = 0; i < n; i++)
    for (int j = i; j < n; j++, count++) {
      snprintf(names[count], sizeof *names, "C_%s_%s", axes[i], axes[j]);
      all[count] = (Column){names[count], "eps/sigma^d", "relaxed modulus for Lagrangian strains", "V^-1 [d2U/deta deta' - Xi.M^-1.Xi']"};
    }
  return table_create(respond_table_names[TABLE_ELASTIC], titles[TABLE_ELASTIC], count, all);
}

Table *respond_table_layout(RespondTable which, int dim) {
  if (which == TABLE_ELASTIC) return elastic_layout(dim);
  const bool has_axes = which == TABLE_MODE_VECTORS || which == TABLE_PSEUDOHARMONIC_VECTORS;
  return table_create(respond_table_names[which], titles[which], n_columns[which] - (has_axes ? 3 - dim : 0), columns[which]);
}

/* ---- rows --------------------------------------------------------------------------------------------------------------------- */

static void elastic_rows(const Response *r, double frame, Table *table) {
  const Elasticity *e                                               = &r->elasticity;
  double row[1 + MAX_STRAINS + MAX_STRAINS * (MAX_STRAINS + 1) / 2] = {frame};
  int count                                                         = 1;
  if (r->outcome == RESPOND_UNQUENCHED) return;
  for (int i = 0; i < e->n_strains; i++) row[count++] = e->stress[i];
  for (int i = 0; i < e->n_strains; i++)
    for (int j = i; j < e->n_strains; j++) row[count++] = e->born[i][j] - e->nonaffine[i][j];
  table_row(table, row);
}

static void particle_rows(const Response *r, double frame, const int32_t *species, Table *table) {
  if (!r->dipoles.local) return;
  for (int64_t i = 0; i < r->particles; i++) table_row(table, (double[]){frame, (double)i, species[i], r->dipoles.local[i]});
}

static int least(int a, int b) { return a < b ? a : b; }

static void vector_rows(const Response *r, double frame, int n, const double *vectors, Table *table) {
  for (int k = 0; k < n; k++)
    for (int64_t i = 0; i < r->particles; i++) {
      const double *v = vectors + (k * r->particles + i) * r->dim;
      table_row(table, (double[]){frame, k, (double)i, v[0], v[1], r->dim == 3 ? v[2] : 0});
    }
}

/** Rows that a response has in a table other than that of the configurations. */
static double count_rows(RespondTable which, const Response *r, const RespondSettings *settings) {
  if (!respond_table_wanted(which, settings)) return 0;
  switch (which) {
    case TABLE_ELASTIC:
      return r->outcome != RESPOND_UNQUENCHED;
    case TABLE_DIPOLES:
      return (double)r->dipoles.n;
    case TABLE_PARTICLES:
      return r->dipoles.local ? (double)r->particles : 0;
    case TABLE_MODES:
      return r->modes.n;
    case TABLE_MODE_VECTORS:
      return (double)(least(settings->n_vectors, r->modes.n) * r->particles);
    case TABLE_PSEUDOHARMONIC_VECTORS:
      return (double)(least(settings->n_vectors, r->pseudoharmonics.n) * r->particles);
    default:
      return r->pseudoharmonics.n;
  }
}

static void configuration_row(const Response *r, const RespondSettings *settings, const RespondOrigin *origin, double seconds,
                              Table *table) {
  const Elasticity *e = &r->elasticity;
  const bool is_known = r->outcome != RESPOND_UNQUENCHED && r->modes.is_counted, has_dipoles = r->dipoles.n > 0;
  double planes[MAX_PLANES] = {NAN, NAN, NAN};
  for (int plane = 0; plane < e->n_planes; plane++) planes[plane] = e->shear[plane];
  const double row[] = {(double)origin->frame,
                        (double)origin->source_frame,
                        origin->parent_frame,
                        origin->replica,
                        origin->parent_temperature,
                        (double)r->particles,
                        r->outcome == RESPOND_UNQUENCHED ? NAN : (double)r->rattlers,
                        r->volume,
                        r->energy / (double)r->particles,
                        r->pressure,
                        r->max_force,
                        r->outcome,
                        origin->quench_outcome,
                        is_known ? (double)r->modes.n_zero : NAN,
                        is_known ? (double)r->modes.n_negative : NAN,
                        respond_shear(r, settings, 0),
                        respond_shear(r, settings, 1),
                        respond_shear(r, settings, 2),
                        planes[0],
                        planes[1],
                        planes[2],
                        e->n_planes > 0 ? e->bulk : NAN,
                        has_dipoles ? r->dipoles.mean : NAN,
                        has_dipoles ? r->dipoles.median : NAN,
                        has_dipoles ? r->dipoles.smallest : NAN,
                        (double)r->dipoles.n,
                        has_dipoles ? r->dipoles.method : 0,
                        r->pseudoharmonics.n_failed,
                        r->modes.n > 0 ? r->modes.eigenvalue[0] : NAN,
                        seconds,
                        count_rows(TABLE_ELASTIC, r, settings),
                        count_rows(TABLE_DIPOLES, r, settings),
                        count_rows(TABLE_PARTICLES, r, settings),
                        count_rows(TABLE_MODES, r, settings),
                        count_rows(TABLE_PSEUDOHARMONIC, r, settings),
                        count_rows(TABLE_MODE_VECTORS, r, settings),
                        count_rows(TABLE_PSEUDOHARMONIC_VECTORS, r, settings)};
  require(sizeof row / sizeof *row == sizeof configuration_columns / sizeof(Column), "columns");
  table_row(table, row);
}

void respond_table_rows(RespondTable which, const Response *response, const RespondSettings *settings, const RespondOrigin *origin,
                        const int32_t *species, double seconds, Table *table) {
  const Response *r  = response;
  const double frame = (double)origin->frame;
  switch (which) {
    case TABLE_ELASTIC:
      elastic_rows(r, frame, table);
      break;
    case TABLE_DIPOLES:
      for (int64_t k = 0; k < r->dipoles.n; k++)
        table_row(table, (double[]){frame, r->dipoles.i[k], r->dipoles.j[k], r->dipoles.distance[k], r->dipoles.kappa[k]});
      break;
    case TABLE_PARTICLES:
      particle_rows(r, frame, species, table);
      break;
    case TABLE_MODES:
      for (int k = 0; k < r->modes.n; k++)
        table_row(table, (double[]){frame, k, r->modes.eigenvalue[k], sqrt(r->modes.eigenvalue[k]), r->modes.participation[k]});
      break;
    case TABLE_PSEUDOHARMONIC:
      for (int k = 0; k < r->pseudoharmonics.n; k++) {
        const PseudoharmonicMode *m = &r->pseudoharmonics.modes[k];
        table_row(table, (double[]){frame, k, m->stiffness, m->cost, m->cost_start, m->participation, m->i, m->j, m->core_i, m->core_j,
                                    m->iterations});
      }
      break;
    case TABLE_MODE_VECTORS:
      vector_rows(r, frame, least(settings->n_vectors, r->modes.n), r->modes.vector, table);
      break;
    case TABLE_PSEUDOHARMONIC_VECTORS:
      vector_rows(r, frame, least(settings->n_vectors, r->pseudoharmonics.n), r->pseudoharmonics.vectors, table);
      break;
    default:
      configuration_row(r, settings, origin, seconds, table);
  }
}
