/** Extended XYZ.
 *
 *  A frame is a line with N, a line of key=value pairs, and N lines of columns. `Lattice="ax ay az bx by bz cx cy cz"` gives the box,
 *  which must be rectangular; `Properties=name:type:columns:...` says what the columns are, in any order; species:S:1:pos:R:3 if it is
 *  missing. Columns read: species (or element), pos, vel (velo, velocities), id, image, mass (masses); others are skipped. Of the other
 *  keys step and time are read, and pbc must not deny the periodicity.
 *  https://docs.ovito.org and ASE write the same; 17 digits bring every double back. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "lines.h"
#include "storage/exchange_formats.h"
#include "tidy.h"

enum { WIDEST = 512, LONGEST_VALUE = 4096 };

typedef enum Meaning { SPECIES, POSITION, VELOCITY, ID, IMAGE, MASS, N_MEANINGS } Meaning;
static const struct Property {
  const char *name;
  Meaning meaning;
  char type;
  int columns;
} properties[] = {{"species", SPECIES, 'S', 1}, {"element", SPECIES, 'S', 1},     {"pos", POSITION, 'R', 3}, {"vel", VELOCITY, 'R', 3},
                  {"velo", VELOCITY, 'R', 3},   {"velocities", VELOCITY, 'R', 3}, {"id", ID, 'I', 1},        {"image", IMAGE, 'I', 3},
                  {"mass", MASS, 'R', 1},       {"masses", MASS, 'R', 1}};

typedef struct Head {
  double edges[3];
  bool has_lattice;
  int first[N_MEANINGS]; /* first column of each; -1: absent */
  int n_columns;
  int64_t step;
  double time;
} Head;

/** Next key=value of the comment line; value without its quotes. *at moves on; false at the end. */
static bool next_pair(char **at, char **key, char **value) {
  char *p = *at + strspn(*at, " \t");
  if (*p == '\0') return false;
  *key = p;
  p += strcspn(p, "= \t");
  static char none[] = "";
  *value             = none;
  if (*p == '=') {
    *p++            = '\0';
    const char open = *p, close = open == '{' ? '}' : open;
    if (open == '"' || open == '\'' || open == '{') {
      *value = ++p;
      while (*p != '\0' && *p != close) p++;
    } else {
      *value = p;
      p += strcspn(p, " \t");
    }
  }
  if (*p != '\0') *p++ = '\0';
  *at = p;
  return true;
}

static Status read_lattice(const Lines *lines, char *text, int dim, Head *head) {
  double vectors[9] = {0};
  char *rest        = NULL;
  int n             = 0;
  for (char *word = strtok_r(text, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
    if (n == 9) return lines_fail(lines, "Lattice has more than 9 numbers");
    TRY(lines_double(lines, word, &vectors[n++]));
  }
  if (n != 9) return lines_fail(lines, "Lattice has %d numbers instead of 9", n);
  for (int k = 0; k < 9; k++)
    if (k % 4 != 0 && vectors[k] != 0.0)
      return lines_fail(lines, "Lattice is not rectangular: only boxes with edges along x, y, z are read");
  for (int axis = 0; axis < 3; axis++) {
    head->edges[axis] = axis < dim ? vectors[4 * axis] : 1.0;
    if (!(head->edges[axis] > 0.0)) return lines_fail(lines, "Lattice edge %d is %g", axis + 1, head->edges[axis]);
  }
  head->has_lattice = true;
  return STATUS_OK;
}

static Status add_property(const Lines *lines, const char *name, const char *type, const char *count, Head *head) {
  int64_t columns = 0;
  if (type == NULL || count == NULL) return lines_fail(lines, "Properties are not triplets name:type:columns");
  TRY(lines_integer(lines, count, &columns));
  if (columns < 1 || head->n_columns + columns > MAX_WORDS_PER_LINE) return lines_fail(lines, "Properties: %s has %s columns", name, count);
  for (size_t k = 0; k < sizeof properties / sizeof *properties; k++) {
    const struct Property *property = &properties[k];
    if (strcasecmp(name, property->name) != 0 || head->first[property->meaning] >= 0) continue;
    const bool is_number = property->meaning == SPECIES && type[0] == 'I';
    if ((type[0] != property->type && !is_number) || columns != property->columns)
      return lines_fail(lines, "Properties: %s:%s:%s instead of %s:%c:%d", name, type, count, name, property->type, property->columns);
    head->first[property->meaning] = head->n_columns;
  }
  head->n_columns += (int)columns;
  return STATUS_OK;
}

static Status read_properties(const Lines *lines, char *text, Head *head) {
  char *rest = NULL;
  for (char *name = strtok_r(text, ":", &rest); name != NULL; name = strtok_r(NULL, ":", &rest)) {
    const char *type = strtok_r(NULL, ":", &rest), *count = strtok_r(NULL, ":", &rest);
    TRY(add_property(lines, name, type, count, head));
  }
  return STATUS_OK;
}

static Status check_pbc(const Lines *lines, const char *text, int dim) {
  int axis = 0;
  for (const char *p = text; *p != '\0'; p++) {
    if (strchr(" ,\t", *p) != NULL) continue;
    if (strchr("Ff0", *p) != NULL && axis < dim) return lines_fail(lines, "pbc=\"%s\": only periodic boxes are read", text);
    while (p[1] != '\0' && strchr(" ,\t", p[1]) == NULL) p++;
    axis++;
  }
  return STATUS_OK;
}

static Status read_head(Lines *lines, int dim, Head *head) {
  *head = (Head){.n_columns = 0};
  for (int k = 0; k < N_MEANINGS; k++) head->first[k] = -1;
  char *at = lines->line, *key = NULL, *value = NULL;
  while (next_pair(&at, &key, &value)) {
    if (strcasecmp(key, "Lattice") == 0) TRY(read_lattice(lines, value, dim, head));
    if (strcasecmp(key, "Properties") == 0) TRY(read_properties(lines, value, head));
    if (strcasecmp(key, "pbc") == 0) TRY(check_pbc(lines, value, dim));
    if (strcasecmp(key, "step") == 0) TRY(lines_integer(lines, value, &head->step));
    if (strcasecmp(key, "time") == 0) TRY(lines_double(lines, value, &head->time));
  }
  if (!head->has_lattice) return lines_fail(lines, "no Lattice=\"...\": not an extended XYZ file");
  if (head->n_columns == 0) {
    head->first[SPECIES]  = 0;
    head->first[POSITION] = 1;
    head->n_columns       = 4;
  }
  if (head->first[SPECIES] < 0 || head->first[POSITION] < 0) return lines_fail(lines, "Properties lack species or pos");
  return STATUS_OK;
}

static Status read_vector(const Lines *lines, int first, double *vector) {
  for (int axis = 0; axis < 3; axis++) TRY(lines_double(lines, lines->words[first + axis], &vector[axis]));
  return STATUS_OK;
}

static Status read_particle(Lines *lines, const Head *head, const Mixture *mixture, Frame *frame, int64_t i) {
  const int *first = head->first;
  lines_split(lines, '\0');
  if (lines->n_words != head->n_columns) return lines_fail(lines, "has %d columns instead of %d", lines->n_words, head->n_columns);
  const char *name  = lines->words[first[SPECIES]];
  frame->species[i] = mixture_find(mixture, name);
  if (frame->species[i] < 0) return lines_fail(lines, "the model has no species '%.40s'", name);
  TRY(read_vector(lines, first[POSITION], &frame->position[3 * i]));
  if (first[VELOCITY] >= 0) TRY(read_vector(lines, first[VELOCITY], &frame->velocity[3 * i]));
  if (frame->dim == 2 && (frame->position[3 * i + 2] != 0.0 || frame->velocity[3 * i + 2] != 0.0))
    return lines_fail(lines, "z or its velocity is not 0, but the model is two-dimensional");
  if (first[ID] >= 0) TRY(lines_integer(lines, lines->words[first[ID]], &frame->id[i]));
  if (first[MASS] >= 0) TRY(lines_double(lines, lines->words[first[MASS]], &frame->mass[i]));
  for (int axis = 0; axis < 3 && first[IMAGE] >= 0; axis++) {
    int64_t image = 0;
    TRY(lines_integer(lines, lines->words[first[IMAGE] + axis], &image));
    if (image < -1000000000 || image > 1000000000) return lines_fail(lines, "image %lld is too large", (long long)image);
    frame->image[3 * i + axis] = (int32_t)image;
  }
  return STATUS_OK;
}

/** Count line of the next frame; *n = -1 at the end of the file. */
static Status read_count(Lines *lines, int64_t *n) {
  *n = -1;
  do {
    if (!lines_next(lines)) return STATUS_OK;
    lines_split(lines, '\0');
  } while (lines->n_words == 0);
  if (lines->n_words != 1) return lines_fail(lines, "a frame starts with the number of particles alone");
  TRY(lines_integer(lines, lines->words[0], n));
  if (*n < 1) return lines_fail(lines, "a frame of %lld particles", (long long)*n);
  if (*n > lines->bytes / 4) return lines_fail(lines, "%lld particles do not fit into a file of this size", (long long)*n);
  return STATUS_OK;
}

/** Go over frames until `most` are behind or the file ends. */
static Status skip_frames(Lines *lines, int64_t most, int64_t *skipped) {
  for (*skipped = 0; *skipped < most; ++*skipped) {
    int64_t n = 0;
    TRY(read_count(lines, &n));
    if (n < 0) return STATUS_OK;
    for (int64_t k = 0; k < n + 1; k++)
      if (!lines_next(lines)) return lines_fail(lines, "the file ends inside frame %lld", (long long)*skipped);
  }
  return STATUS_OK;
}

static Status read_frame(Lines *lines, const Mixture *mixture, Frame *frame) {
  Head head;
  int64_t n = 0;
  TRY(read_count(lines, &n));
  if (n < 0) return lines_fail(lines, "the file ends before the frame");
  if (!lines_next(lines)) return lines_fail(lines, "the file ends inside a frame");
  TRY(read_head(lines, mixture->dim, &head));
  frame_resize(frame, n, mixture->dim);
  memcpy(frame->edges, head.edges, sizeof frame->edges);
  frame->step = head.step;
  frame->time = head.time;
  frame->has  = FRAME_IMAGE;
  if (head.first[VELOCITY] >= 0) frame->has |= FRAME_VELOCITY;
  if (head.first[MASS] >= 0) frame->has |= FRAME_MASS;
  for (int64_t i = 0; i < n; i++) {
    if (!lines_next(lines)) return lines_fail(lines, "the file ends after %lld of %lld particles", (long long)i, (long long)n);
    TRY(read_particle(lines, &head, mixture, frame, i));
  }
  return tidy_frame(frame, lines->path);
}

static Status read_at(Lines *lines, int64_t k, const Mixture *mixture, Frame *frame) {
  int64_t wanted = k, skipped = 0;
  if (k < 0) {
    TRY(skip_frames(lines, INT64_MAX, &skipped));
    wanted = k + skipped;
    if (wanted < 0) return fail(STATUS_FILE, "%s: has no frame %lld: it has %lld", lines->path, (long long)k, (long long)skipped);
    lines_rewind(lines);
  }
  TRY(skip_frames(lines, wanted, &skipped));
  int64_t n         = 0;
  const off_t start = ftello(lines->file);
  const int64_t at  = lines->number;
  TRY(read_count(lines, &n));
  if (n < 0) return fail(STATUS_FILE, "%s: has no frame %lld: it has %lld", lines->path, (long long)k, (long long)skipped);
  (void)fseeko(lines->file, start, SEEK_SET);
  lines->number = at;
  return read_frame(lines, mixture, frame);
}

Status xyz_read(const char *path, int64_t k, const Mixture *mixture, Frame *frame) {
  Lines lines;
  TRY(lines_open(&lines, path));
  const Status status = read_at(&lines, k, mixture, frame);
  lines_close(&lines);
  return status;
}

Status xyz_count(const char *path, int64_t *n) {
  Lines lines;
  TRY(lines_open(&lines, path));
  const Status status = skip_frames(&lines, INT64_MAX, n);
  lines_close(&lines);
  return status;
}

static void write_head(FILE *out, const Frame *frame) {
  const double *edge = frame->edges;
  (void)fprintf(out, "%lld\nLattice=\"%.17g 0 0 0 %.17g 0 0 0 %.17g\" Properties=species:S:1:pos:R:3:id:I:1", (long long)frame->n, edge[0],
                edge[1], frame->dim == 3 ? edge[2] : 1.0);
  if (frame->has & FRAME_VELOCITY) (void)fputs(":vel:R:3", out);
  if (frame->has & FRAME_IMAGE) (void)fputs(":image:I:3", out);
  if (frame->has & FRAME_MASS) (void)fputs(":mass:R:1", out);
  for (int k = 0; k < frame->n_fields; k++) (void)fprintf(out, ":%s:R:%d", frame->fields[k].name, frame->fields[k].components);
  (void)fprintf(out, " pbc=\"T T T\" step=%lld time=%.17g\n", (long long)frame->step, frame->time);
}

static void write_doubles(FILE *out, const double *values, int n) {
  for (int k = 0; k < n; k++) (void)fprintf(out, " %.17g", values[k]);
}

static void write_frame(FILE *out, const Frame *frame, const Mixture *mixture) {
  write_head(out, frame);
  for (int64_t i = 0; i < frame->n; i++) {
    (void)fputs(mixture->names[frame->species[i]], out);
    write_doubles(out, &frame->position[3 * i], 3);
    (void)fprintf(out, " %lld", (long long)frame->id[i]);
    if (frame->has & FRAME_VELOCITY) write_doubles(out, &frame->velocity[3 * i], 3);
    const int32_t *image = &frame->image[3 * i];
    if (frame->has & FRAME_IMAGE) (void)fprintf(out, " %d %d %d", image[0], image[1], image[2]);
    if (frame->has & FRAME_MASS) write_doubles(out, &frame->mass[i], 1);
    for (int k = 0; k < frame->n_fields; k++) {
      const int64_t components = frame->fields[k].components;
      write_doubles(out, &frame->fields[k].values[components * i], (int)components);
    }
    (void)fputc('\n', out);
  }
}

Status xyz_write(const char *path, bool append, const Frame *frame, const Mixture *mixture) {
  FILE *out = fopen(path, append ? "abe" : "wbe");
  if (out == NULL) return fail(STATUS_FILE, "%s: cannot write: %s", path, strerror(errno));
  errno = 0;
  write_frame(out, frame, mixture);
  bool is_good = fflush(out) == 0 && ferror(out) == 0;
  int error    = errno;
  if (fclose(out) != 0 && is_good) {
    is_good = false;
    error   = errno;
  }
  if (!is_good) return fail(STATUS_FILE, "%s: cannot write: %s", path, error == 0 ? "write failed" : strerror(error));
  return STATUS_OK;
}
