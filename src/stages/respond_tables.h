#pragma once
/** The tables of response.h5 that grow with each configuration: their columns, and the rows of one Response. */
#include "base/table.h"
#include "response/respond.h"

typedef enum RespondTable {
  TABLE_ELASTIC,
  TABLE_DIPOLES,
  TABLE_PARTICLES,
  TABLE_MODES,
  TABLE_PSEUDOHARMONIC,
  TABLE_MODE_VECTORS,
  TABLE_PSEUDOHARMONIC_VECTORS,
  TABLE_CONFIGURATIONS, /* last: a configuration counts as done when its row is here */
  N_RESPOND_TABLES
} RespondTable;
extern const char *const respond_table_names[N_RESPOND_TABLES];

/** Where a configuration comes from; NaN where that is not known. */
typedef struct RespondOrigin {
  int64_t frame;        /* number of the configuration, all files together */
  int64_t source_frame; /* in its file */
  double parent_frame, replica, parent_temperature;
  double quench_outcome; /* as quench marked it */
} RespondOrigin;
/** Whether a quench_outcome says that the descent did not converge. */
bool respond_is_marked(double quench_outcome);

/** Whether a table is too long to hold in memory, and for the eye. */
bool respond_table_is_long(RespondTable which);
/** Whether these settings ask for a table. */
bool respond_table_wanted(RespondTable which, const RespondSettings *settings);
/** Empty table; caller destroys. TABLE_CONFIGURATIONS has also a column rows_<table> for each other one: its rows of this configuration. */
Table *respond_table_layout(RespondTable which, int dim);
/** Append the rows of a response. seconds: what it took. */
void respond_table_rows(RespondTable which, const Response *response, const RespondSettings *settings, const RespondOrigin *origin,
                        const int32_t *species, double seconds, Table *table);
