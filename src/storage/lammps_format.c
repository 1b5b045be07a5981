/** LAMMPS data files, atom style atomic.
 *
 *  The first line is a title. Then come header lines, recognised by their words ("N atoms", "xlo xhi"), and sections, each a line that
 *  starts with a letter followed by an empty line. Atoms: id type x y z [ix iy iz]; Velocities: id vx vy vz; Masses: type mass. Other
 *  sections are passed over. A box may lie anywhere: positions are shifted so that its lower corner is 0. In two dimensions z is not
 *  used; LAMMPS wants a slab from -0.5 to 0.5 there.
 *
 *  Types are 1-based; the k-th type is the model's k-th species. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "lines.h"
#include "storage/exchange_formats.h"
#include "tidy.h"

typedef struct Label {
  int64_t id, at;
} Label;

typedef struct Reader {
  Lines lines;
  const Mixture *mixture;
  Frame *frame;
  int64_t n, n_types;
  double low[3], high[3];
  bool has_box[3], has_atoms;
  double masses[MAX_SPECIES]; /* 0: not given */
  Label *sorted;              /* [n] by id, for Velocities */
} Reader;

static bool ends_with(const Lines *lines, const char *first, const char *second) {
  const int n = lines->n_words;
  return n >= 3 && strcmp(lines->words[n - 2], first) == 0 && strcmp(lines->words[n - 1], second) == 0;
}

static Status read_edge(Reader *r, int axis) {
  TRY(lines_double(&r->lines, r->lines.words[0], &r->low[axis]));
  TRY(lines_double(&r->lines, r->lines.words[1], &r->high[axis]));
  if (!(r->high[axis] > r->low[axis])) return lines_fail(&r->lines, "the box is empty along axis %d", axis + 1);
  r->has_box[axis] = true;
  return STATUS_OK;
}

static Status read_header_line(Reader *r) {
  Lines *lines                          = &r->lines;
  static const char *const bounds[3][2] = {{"xlo", "xhi"}, {"ylo", "yhi"}, {"zlo", "zhi"}};
  for (int axis = 0; axis < 3; axis++)
    if (lines->n_words == 4 && ends_with(lines, bounds[axis][0], bounds[axis][1])) return read_edge(r, axis);
  if (lines->n_words == 6 && strcmp(lines->words[3], "xy") == 0) {
    for (int k = 0; k < 3; k++) {
      double tilt = 0.0;
      TRY(lines_double(lines, lines->words[k], &tilt));
      if (tilt != 0.0) return lines_fail(lines, "the box is tilted: only rectangular boxes are read");
    }
  }
  if (lines->n_words == 2 && strcmp(lines->words[1], "atoms") == 0) {
    TRY(lines_integer(lines, lines->words[0], &r->n));
    if (r->n < 1) return lines_fail(lines, "a file of %lld atoms", (long long)r->n);
    if (r->n > lines->bytes / 4) return lines_fail(lines, "%lld atoms do not fit into a file of this size", (long long)r->n);
  }
  if (lines->n_words == 3 && ends_with(lines, "atom", "types")) {
    TRY(lines_integer(lines, lines->words[0], &r->n_types));
    if (r->n_types > r->mixture->n_species)
      return lines_fail(lines, "%lld atom types, but the model has %d species", (long long)r->n_types, r->mixture->n_species);
  }
  return STATUS_OK;
}

/** Next line with words; false at the end of the file. */
static bool next_words(Lines *lines) {
  while (lines_next(lines)) {
    lines_split(lines, '#');
    if (lines->n_words > 0) return true;
  }
  return false;
}

static Status read_type(Reader *r, const char *word, int32_t *species) {
  int64_t type = 0;
  TRY(lines_integer(&r->lines, word, &type));
  if (type < 1 || type > r->mixture->n_species)
    return lines_fail(&r->lines, "type %s: the model has %d species", word, r->mixture->n_species);
  *species = (int32_t)(type - 1);
  return STATUS_OK;
}

static Status read_atom(Reader *r, int64_t i) {
  Lines *lines = &r->lines;
  Frame *frame = r->frame;
  if (lines->n_words != 5 && lines->n_words != 8)
    return lines_fail(lines, "has %d columns instead of id type x y z [ix iy iz]", lines->n_words);
  TRY(lines_integer(lines, lines->words[0], &frame->id[i]));
  TRY(read_type(r, lines->words[1], &frame->species[i]));
  for (int axis = 0; axis < frame->dim; axis++) {
    double x      = 0.0;
    int64_t image = 0;
    TRY(lines_double(lines, lines->words[2 + axis], &x));
    if (lines->n_words == 8) TRY(lines_integer(lines, lines->words[5 + axis], &image));
    if (image < -1000000000 || image > 1000000000) return lines_fail(lines, "image %lld is too large", (long long)image);
    frame->position[3 * i + axis] = x - r->low[axis];
    frame->image[3 * i + axis]    = (int32_t)image;
  }
  return STATUS_OK;
}

static int by_id(const void *a, const void *b) {
  const Label *left = a, *right = b;
  return (left->id > right->id) - (left->id < right->id);
}

static Status read_atoms(Reader *r, const char *style) {
  Lines *lines = &r->lines;
  if (r->has_atoms) return lines_fail(lines, "a second section Atoms");
  if (style[0] != '\0' && strcmp(style, "atomic") != 0) return lines_fail(lines, "atom style %.40s: only atomic is read", style);
  if (r->n == 0) return lines_fail(lines, "section Atoms before the number of atoms");
  for (int axis = 0; axis < r->mixture->dim; axis++)
    if (!r->has_box[axis]) return lines_fail(lines, "section Atoms before the box (%clo %chi)", 'x' + axis, 'x' + axis);
  frame_resize(r->frame, r->n, r->mixture->dim);
  r->frame->has = FRAME_IMAGE;
  for (int axis = 0; axis < r->mixture->dim; axis++) r->frame->edges[axis] = r->high[axis] - r->low[axis];
  for (int64_t i = 0; i < r->n; i++) {
    if (!next_words(lines)) return lines_fail(lines, "the file ends after %lld of %lld atoms", (long long)i, (long long)r->n);
    TRY(read_atom(r, i));
  }
  r->has_atoms = true;
  r->sorted    = memory_array((size_t)r->n, sizeof *r->sorted);
  for (int64_t i = 0; i < r->n; i++) r->sorted[i] = (Label){r->frame->id[i], i};
  qsort(r->sorted, (size_t)r->n, sizeof *r->sorted, by_id);
  return STATUS_OK;
}

static int64_t find_atom(const Reader *r, int64_t id) {
  const Label wanted = {id, 0};
  const Label *label = bsearch(&wanted, r->sorted, (size_t)r->n, sizeof wanted, by_id);
  return label == NULL ? -1 : label->at;
}

static Status read_velocities(Reader *r) {
  Lines *lines = &r->lines;
  if (!r->has_atoms) return lines_fail(lines, "section Velocities before section Atoms");
  for (int64_t k = 0; k < r->n; k++) {
    int64_t id = 0;
    if (!next_words(lines)) return lines_fail(lines, "the file ends after %lld of %lld velocities", (long long)k, (long long)r->n);
    if (lines->n_words != 4) return lines_fail(lines, "has %d columns instead of id vx vy vz", lines->n_words);
    TRY(lines_integer(lines, lines->words[0], &id));
    const int64_t i = find_atom(r, id);
    if (i < 0) return lines_fail(lines, "no atom has id %lld", (long long)id);
    for (int axis = 0; axis < r->frame->dim; axis++) TRY(lines_double(lines, lines->words[1 + axis], &r->frame->velocity[3 * i + axis]));
  }
  r->frame->has |= FRAME_VELOCITY;
  return STATUS_OK;
}

static Status read_masses(Reader *r) {
  for (int64_t k = 0; k < r->n_types; k++) {
    int32_t species = 0;
    if (!next_words(&r->lines)) return lines_fail(&r->lines, "the file ends inside Masses");
    if (r->lines.n_words != 2) return lines_fail(&r->lines, "has %d columns instead of type mass", r->lines.n_words);
    TRY(read_type(r, r->lines.words[0], &species));
    TRY(lines_double(&r->lines, r->lines.words[1], &r->masses[species]));
    if (!(r->masses[species] > 0.0)) return lines_fail(&r->lines, "mass %s", r->lines.words[1]);
  }
  return STATUS_OK;
}

/** The word after '#', as in "Atoms # atomic"; "" if none. */
static void find_style(const char *line, char style[64]) {
  style[0]         = '\0';
  const char *mark = strchr(line, '#');
  if (mark != NULL) (void)sscanf(mark + 1, "%63s", style);
}

static Status read_all(Reader *r) {
  Lines *lines = &r->lines;
  char style[64];
  if (!lines_next(lines)) return lines_fail(lines, "the file is empty");
  while (lines_next(lines)) {
    find_style(lines->line, style);
    lines_split(lines, '#');
    if (lines->n_words == 0) continue;
    const char *word = lines->words[0];
    if (strcmp(word, "Atoms") == 0)
      TRY(read_atoms(r, style));
    else if (strcmp(word, "Velocities") == 0)
      TRY(read_velocities(r));
    else if (strcmp(word, "Masses") == 0)
      TRY(read_masses(r));
    else if (!isalpha((unsigned char)word[0]))
      TRY(read_header_line(r));
  }
  if (!r->has_atoms) return fail(STATUS_FILE, "%s: has no section Atoms", lines->path);
  bool has_masses = true;
  for (int64_t i = 0; i < r->n; i++) {
    const double mass = r->masses[r->frame->species[i]];
    has_masses        = has_masses && mass > 0.0;
    if (mass > 0.0) r->frame->mass[i] = mass;
  }
  if (has_masses) r->frame->has |= FRAME_MASS;
  return tidy_frame(r->frame, lines->path);
}

Status lammps_read(const char *path, const Mixture *mixture, Frame *frame) {
  Reader reader = {.mixture = mixture, .frame = frame};
  TRY(lines_open(&reader.lines, path));
  const Status status = read_all(&reader);
  memory_free(reader.sorted);
  lines_close(&reader.lines);
  return status;
}

static double mass_of(const Frame *frame, const Mixture *mixture, int species) {
  for (int64_t i = 0; i < frame->n && (frame->has & FRAME_MASS); i++)
    if (frame->species[i] == species) return frame->mass[i];
  return mixture->masses[species];
}

static void write_all(FILE *out, const Frame *frame, const Mixture *mixture) {
  static const double slab[2] = {-0.5, 0.5};
  const int64_t shift         = frame->n > 0 && frame->id[0] == 0 ? 1 : 0;
  const bool is_flat          = frame->dim == 2;
  (void)fprintf(out, "LAMMPS data file, written by tektite, units lj, step %lld\n\n%lld atoms\n%d atom types\n\n", (long long)frame->step,
                (long long)frame->n, mixture->n_species);
  (void)fprintf(out, "0 %.17g xlo xhi\n0 %.17g ylo yhi\n", frame->edges[0], frame->edges[1]);
  (void)fprintf(out, "%.17g %.17g zlo zhi\n\nMasses\n\n", is_flat ? slab[0] : 0.0, is_flat ? slab[1] : frame->edges[2]);
  for (int k = 0; k < mixture->n_species; k++) (void)fprintf(out, "%d %.17g # %s\n", k + 1, mass_of(frame, mixture, k), mixture->names[k]);
  (void)fputs("\nAtoms # atomic\n\n", out);
  for (int64_t i = 0; i < frame->n; i++) {
    const double *x  = &frame->position[3 * i];
    const int32_t *m = &frame->image[3 * i];
    (void)fprintf(out, "%lld %d %.17g %.17g %.17g", (long long)(frame->id[i] + shift), frame->species[i] + 1, x[0], x[1],
                  is_flat ? 0.0 : x[2]);
    if (frame->has & FRAME_IMAGE) (void)fprintf(out, " %d %d %d", m[0], m[1], m[2]);
    (void)fputc('\n', out);
  }
  if (!(frame->has & FRAME_VELOCITY)) return;
  (void)fputs("\nVelocities\n\n", out);
  for (int64_t i = 0; i < frame->n; i++) {
    const double *v = &frame->velocity[3 * i];
    (void)fprintf(out, "%lld %.17g %.17g %.17g\n", (long long)(frame->id[i] + shift), v[0], v[1], v[2]);
  }
}

Status lammps_write(const char *path, const Frame *frame, const Mixture *mixture) {
  FILE *out = fopen(path, "wbe");
  if (out == NULL) return fail(STATUS_FILE, "%s: cannot write: %s", path, strerror(errno));
  errno = 0;
  write_all(out, frame, mixture);
  bool is_good = fflush(out) == 0 && ferror(out) == 0;
  int error    = errno;
  if (fclose(out) != 0 && is_good) {
    is_good = false;
    error   = errno;
  }
  if (!is_good) return fail(STATUS_FILE, "%s: cannot write: %s", path, error == 0 ? "write failed" : strerror(error));
  return STATUS_OK;
}
