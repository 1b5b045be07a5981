/** Messages about the input: where, what, the line itself, a caret.
 *
 *      input.yaml:3:3: error: unknown key 'temprature' in run (did you mean 'temperature'?); valid keys: ..
 *        temprature: 0.5
 *        ^~~~~~~~~~
 *  Columns count characters, not bytes; tabs are repeated before the caret, so that it stands right whatever their width. Of a very
 *  long line only the surroundings are shown. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "params_tree.h"

enum { WIDEST = 160, BEFORE = 80 }; /* characters shown, of these before the mistake */

static bool continues_character(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/** Start of line number `line`; a line ends with \n, \r or both. */
static const char *find_line(const char *text, int line) {
  for (; line > 0 && *text != '\0'; text++) {
    if (*text == '\n' || (*text == '\r' && text[1] != '\n')) line--;
  }
  return text;
}

static const char *skip_characters(const char *text, const char *end, int count) {
  for (; count > 0 && text < end; count--) {
    text++;
    while (text < end && continues_character(*text)) text++;
  }
  return text;
}

static int count_characters(const char *text, const char *end) {
  int count = 0;
  for (; text < end; text++) count += !continues_character(*text);
  return count;
}

/** The source line and, below it, blanks and a caret. */
static void draw(Place at, char *out, size_t size) {
  const char *line = find_line(at.source->text, at.line);
  const char *end  = line + strcspn(line, "\r\n");
  const char *mark = skip_characters(line, end, at.column);
  const char *from = line;
  if (at.column > BEFORE && count_characters(line, end) > WIDEST) from = skip_characters(line, end, at.column - BEFORE);
  const char *to  = skip_characters(from, end, WIDEST);
  FILE *stream    = fmemopen(out, size, "w");
  const int shown = count_characters(mark, to);
  const int width = at.length < 1 || shown < 1 ? 1 : at.length < shown ? at.length : shown;
  require(stream != NULL, "fmemopen");
  (void)fprintf(stream, "%s%.*s%s\n%s", from > line ? ".." : "", (int)(to - from), from, to < end ? ".." : "", from > line ? "  " : "");
  for (const char *c = from; c < mark; c++)
    if (!continues_character(*c)) (void)fputc(*c == '\t' ? '\t' : ' ', stream);
  (void)fputc('^', stream);
  for (int k = 1; k < width; k++) (void)fputc('~', stream);
  (void)fclose(stream);
  if (out[0] == '\n') out[0] = '\0'; /* an empty line needs no caret */
}

Status tree_vfail(Place at, const char *format, va_list arguments) {
  char what[4096], drawing[2048] = "";
  (void)vsnprintf(what, sizeof what, format, arguments);
  if (at.source == NULL) return fail_at(STATUS_INPUT, "input: error: %s", what);
  draw(at, drawing, sizeof drawing);
  const char *break_line = drawing[0] == '\0' ? "" : "\n";
  if (at.source->kind == SOURCE_FILE)
    return fail_at(STATUS_INPUT, "%s:%d:%d: error: %s%s%s", at.source->name, at.line + 1, at.column + 1, what, break_line, drawing);
  return fail_at(STATUS_INPUT, "%s: error: %s%s%s", at.source->name, what, break_line, drawing);
}

Status tree_fail(Place at, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const Status status = tree_vfail(at, format, arguments);
  va_end(arguments);
  return status;
}

const char *tree_describe(const Params *node, char *text, size_t size) {
  if (node->type == NODE_LIST)
    (void)snprintf(text, size, node->n == 0 ? "an empty list" : "a list");
  else if (node->type == NODE_MAPPING)
    (void)snprintf(text, size, "a mapping");
  else if (node->is_null && node->text[0] == '\0')
    (void)snprintf(text, size, "nothing");
  else
    (void)snprintf(text, size, node->is_quoted ? "\"%.60s\" in quotes" : "'%.60s'", node->text);
  return text;
}

Status params_fail(const Params *p, const char *key, const char *format, ...) {
  const Params *value = key == NULL ? NULL : p->type == NODE_SCALAR ? p : tree_child(p, key);
  if (value == NULL && key != NULL) value = tree_child(p, "");
  const bool has = value != NULL && tree_is_given(value);
  char path[256], what[2048];
  tree_path(value != NULL ? value : p, path, sizeof path);
  if (value == NULL && key != NULL) {
    const size_t used = strlen(path);
    (void)snprintf(path + used, sizeof path - used, "%s%s", used > 0 ? "." : "", key);
  }
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return tree_fail(has ? value->at : tree_section_place(p), "%s%s%s", path, path[0] == '\0' ? "" : ": ", what);
}

static int least(int a, int b) { return a < b ? a : b; }

enum { LONGEST_WORD = 64 };

/** Insertions, deletions, replacements and swaps of neighbours that make b of a. */
static int edit_distance(const char *a, const char *b) {
  int rows[3][LONGEST_WORD + 1];
  int *before = rows[0], *last = rows[1], *now = rows[2];
  const int n = (int)strlen(b);
  for (int j = 0; j <= n; j++) last[j] = j;
  for (int i = 1; a[i - 1] != '\0'; i++) {
    now[0] = i;
    for (int j = 1; j <= n; j++) {
      now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = least(now[j], before[j - 2] + 1);
    }
    int *oldest = before;
    before      = last;
    last        = now;
    now         = oldest;
  }
  return last[n];
}

const char *params_nearest(const char *word, const char *const *words) {
  const int length = (int)strlen(word);
  if (words == NULL || length == 0 || length > LONGEST_WORD) return NULL;
  int best            = length < 6 ? 1 : length / 3;
  const char *nearest = NULL;
  for (; *words != NULL; words++) {
    const int other = (int)strlen(*words);
    if (other > LONGEST_WORD) continue;
    const int distance = edit_distance(word, *words);
    if (distance > best || distance >= (length > other ? length : other) || (nearest != NULL && distance == best)) continue;
    best    = distance;
    nearest = *words;
  }
  return nearest;
}
