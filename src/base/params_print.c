/** The tree as YAML that reads back as the same tree.
 *
 *  Bound sections are printed in the order of their schema, not of the input, so that the text (and a digest of it) does not depend
 *  on how the user sorted the keys or where a value came from. Numbers are the shortest that read back exactly, durations seconds.
 *  Sections that nobody bound yet are printed as they were read. With origins, each line ends in "# unit; origin; help" and keys
 *  without a value appear as comments: the printout is then also a list of what could be set. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "params_tree.h"

enum { COMMENT_COLUMN = 40 };

typedef struct Printer {
  FILE *out;
  bool with_origins;
  int dash; /* columns by which the next line starts earlier, filled with "- ": it is the first of a list item */
} Printer;

/** Whether `text` stays a plain scalar, and the same, in any place of our own layout. */
static bool is_plain(const char *text) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-";
  const size_t length         = strlen(text);
  return length > 0 && strspn(text, letters) == length && strcmp(text, "-") != 0 && strcmp(text, "null") != 0;
}

static void print_text(FILE *out, const char *text, bool quoted) {
  if (!quoted && is_plain(text)) {
    (void)fputs(text, out);
    return;
  }
  (void)fputc('"', out);
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      (void)fprintf(out, "\\%c", *text);
    else if (*text == '\n')
      (void)fputs("\\n", out);
    else if ((unsigned char)*text < 0x20 || *text == 0x7F)
      (void)fprintf(out, "\\x%02x", *text);
    else
      (void)fputc(*text, out);
  }
  (void)fputc('"', out);
}

/** A value that fits on a line. */
static void print_value(FILE *out, const Params *node, const ParamSpec *spec) {
  char text[32];
  const bool is_raw = spec == NULL || spec->kind == PARAM_OPEN;
  if (node->is_null) {
    (void)fputc('~', out);
  } else if (is_raw || node->choice >= 0) {
    print_text(out, node->text, is_raw && node->is_quoted);
  } else if (spec->kind == PARAM_DOUBLES) {
    (void)fputc('[', out);
    for (int k = 0; k < node->n_numbers; k++) (void)fprintf(out, "%s%s", k > 0 ? ", " : "", number_print(node->numbers[k], text));
    (void)fputc(']', out);
  } else if (spec->kind == PARAM_INTEGER) {
    (void)fprintf(out, "%" PRId64, node->integer);
  } else if (spec->kind == PARAM_DOUBLE || spec->kind == PARAM_DURATION) {
    (void)fprintf(out, "%s%s", number_print(node->number, text), spec->kind == PARAM_DURATION ? "s" : "");
  } else {
    print_text(out, node->text, false);
  }
}

static void print_origin(FILE *out, const Params *node) {
  const bool by_key    = node->type != NODE_SCALAR && node->key != NULL; /* a section begins with its key */
  const Place at       = by_key ? node->key_at : node->at;
  const Source *source = at.source;
  if (source == NULL) return;
  if (source->kind == SOURCE_FILE)
    (void)fprintf(out, "%s:%d", source->name, at.line + 1);
  else
    (void)fputs(source->name, out);
}

/** "unit; origin; help", as far as there are any. */
static void print_comment(FILE *out, const Params *node, const ParamSpec *spec) {
  (void)fputs("# ", out);
  if (spec != NULL && spec->unit != NULL) (void)fprintf(out, "%s; ", spec->unit);
  if (node == NULL)
    (void)fputs("not set", out);
  else
    print_origin(out, node);
  if (spec != NULL && spec->help != NULL) (void)fprintf(out, "; %s", spec->help);
}

static bool is_container(const Params *node, const ParamSpec *spec) {
  return node->type != NODE_SCALAR && (spec == NULL || spec->kind != PARAM_DOUBLES) && node->n > 0;
}

/** Indentation, "key:" and, unless it is a container, the value: one line. */
static void print_line(Printer *printer, int indent, const char *key, const Params *node, const ParamSpec *spec) {
  char *line;
  size_t length;
  FILE *out = open_memstream(&line, &length);
  require(out != NULL, "open_memstream");
  (void)fprintf(out, "%*s", indent - printer->dash, "");
  for (; printer->dash > 0; printer->dash -= 2) (void)fputs("- ", out);
  if (key != NULL) {
    print_text(out, key, key[0] == '\0');
    (void)fputc(':', out);
  }
  if (!is_container(node, spec)) {
    if (key != NULL) (void)fputc(' ', out);
    if (node->type == NODE_MAPPING)
      (void)fputs("{}", out);
    else if (node->type == NODE_LIST && node->n == 0)
      (void)fputs("[]", out);
    else
      print_value(out, node, spec);
  }
  (void)fclose(out);
  (void)fputs(line, printer->out);
  if (printer->with_origins) {
    (void)fprintf(printer->out, "%*s", length + 2 < COMMENT_COLUMN ? COMMENT_COLUMN - (int)length : 2, "");
    print_comment(printer->out, node, spec);
  }
  (void)fputc('\n', printer->out);
  free(line);
}

static void print_children(Printer *printer, int indent, const Params *node);

static void print_entry(Printer *printer, int indent, const char *key, const Params *node, const ParamSpec *spec) {
  const bool is_item   = key == NULL;
  const bool has_lines = is_container(node, spec);
  if (!is_item || !has_lines) print_line(printer, indent, key, node, spec);
  if (has_lines || node->schema != NULL) print_children(printer, is_item ? indent : indent + 2, node);
}

static void print_unset(const Printer *printer, int indent, const ParamSpec *spec) {
  if (!printer->with_origins) return;
  const int width = indent + 4 + (int)strlen(spec->key);
  (void)fprintf(printer->out, "%*s# %s:%*s", indent, "", spec->key, width + 1 < COMMENT_COLUMN ? COMMENT_COLUMN - width + 1 : 2, "");
  print_comment(printer->out, NULL, spec);
  (void)fputc('\n', printer->out);
}

/** The lines below a key or a dash. */
static void print_children(Printer *printer, int indent, const Params *node) {
  if (node->type == NODE_LIST) {
    for (size_t k = 0; k < node->n; k++) {
      printer->dash += 2;
      print_entry(printer, indent + 2, NULL, node->children[k], NULL);
    }
  } else if (node->schema == NULL) {
    for (size_t k = 0; k < node->n; k++) print_entry(printer, indent, node->children[k]->key, node->children[k], NULL);
  } else {
    for (int s = 0; s < node->n_specs; s++) {
      if (node->values[s] != NULL)
        print_entry(printer, indent, node->specs[s]->key, node->values[s], node->specs[s]);
      else
        print_unset(printer, indent, node->specs[s]);
    }
  }
}

void params_print(const Params *root, FILE *out, bool with_origins) {
  Printer printer = {.out = out, .with_origins = with_origins};
  print_entry(&printer, 0, NULL, root, NULL);
}

/** What `print` writes, as a string of ours. */
static char *collect(const Params *p, const char *key, const Params *node, const ParamSpec *spec) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  require(out != NULL, "open_memstream");
  Printer printer = {.out = out};
  if (key == NULL)
    params_print(p, out, false);
  else
    print_entry(&printer, 0, key, node, spec);
  (void)fclose(out);
  char *copy = memory_string(text);
  free(text);
  return copy;
}

char *params_text(const Params *root) { return collect(root, NULL, NULL, NULL); }

char *params_key_text(const Params *p, const char *key) {
  for (int s = 0; s < p->n_specs; s++)
    if (strcmp(p->specs[s]->key, key) == 0) return p->values[s] == NULL ? NULL : collect(p, key, p->values[s], p->specs[s]);
  const Params *node = p->schema == NULL ? tree_child(p, key) : NULL;
  return node == NULL ? NULL : collect(p, key, node, NULL);
}
