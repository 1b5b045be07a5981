/* Theory mittag_leffler: a table of E_beta(-x), the relaxation of temporal fractional diffusion: with x = (t / tau)^beta it begins as the
 * stretched exponential exp(-x / Gamma(1 + beta)) and ends as the power 1 / (x Gamma(1 - beta)) (both limits stand beside it). The
 * paper prints them without the Gammas and the first without its sign. */
#include <math.h>

#include "base/memory.h"
#include "base/params.h"
#include "base/table.h"
#include "math/special.h"
#include "theory/theory.h"

struct TheoryState {
  const double *beta, *x;
  int n_beta, n_x;
};

static const ParamSpec specs[] = {
    {.key = "beta", .kind = PARAM_DOUBLES, .fallback = "[0.5, 0.6, 0.8]", .unit = "1", .low = 0.02, .high = 1, .help = "exponents"},
    {.key      = "x",
     .kind     = PARAM_DOUBLES,
     .fallback = "[0, 1e-4, 0.01, 0.1, 0.5, 1, 2, 5, 10, 100, 1000, 1e5]",
     .unit     = "1",
     .low      = 0,
     .high     = 1e300,
     .help     = "arguments: E_beta(-x)"},
    {.key = NULL}};
static const ParamSchema schema = {.name = "mittag_leffler", .help = "table of the Mittag-Leffler function", .specs = specs};

static Status open_mittag_leffler(const Params *own, const TableSource *source, TheoryState **state) {
  (void)source;
  *state         = memory_array(1, sizeof **state);
  (*state)->beta = params_doubles(own, "beta", &(*state)->n_beta);
  (*state)->x    = params_doubles(own, "x", &(*state)->n_x);
  return STATUS_OK;
}

static Table *make_table(const TheoryState *state) {
  static const Column columns[] = {
      {"beta", "1", "exponent", ""},
      {"x", "1", "argument", ""},
      {"value", "1", "E_beta(-x)", "sum_k (-x)^k / Gamma(1 + beta k)"},
      {"short_time", "1", "limit for small x", "exp(-x / Gamma(1 + beta))"},
      {"long_time", "1", "limit for large x; none at beta = 1 or x = 0", "1 / (x Gamma(1 - beta))"},
  };
  Table *table = table_create("mittag_leffler/mittag_leffler", "Mittag-Leffler function and its limits", 5, columns);
  for (int b = 0; b < state->n_beta; b++)
    for (int k = 0; k < state->n_x; k++) {
      const double beta = state->beta[b], x = state->x[k];
      const double tail = beta < 1 && x > 0 ? 1 / (x * tgamma(1 - beta)) : NAN;
      table_row(table, (const double[]){beta, x, special_mittag_leffler(beta, x), exp(-x / tgamma(1 + beta)), tail});
    }
  return table;
}

static Status close_mittag_leffler(TheoryState **state, Table ***tables, int *n_tables) {
  if (tables != NULL) {
    *tables   = memory_array(1, sizeof **tables);
    *n_tables = 1;
    **tables  = make_table(*state);
  }
  memory_free(*state);
  *state = NULL;
  return STATUS_OK;
}

extern const Theory theory_mittag_leffler;
const Theory theory_mittag_leffler = {.name   = "mittag_leffler",
                                      .help   = "Mittag-Leffler function E_beta(-x)",
                                      .source = "Riechers, Das, Dufresne, Derlet, Maass, Nat. Commun. 2024, doi:10.1038/s41467-024-50758-3",
                                      .schema = &schema,
                                      .open   = open_mittag_leffler,
                                      .close  = close_mittag_leffler,
                                      .n_json = 3};
