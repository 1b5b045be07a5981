/** Tree against schema.
 *
 *  A section is bound in four steps, and the first mistake ends it: make it a mapping (shorthand, nothing), refuse unknown keys
 *  (first, because a mistyped key explains a missing one), check the given values in the order of the input, fill in the defaults.
 *  A default is YAML text that goes the way of the user's text, so it may be of any kind and is checked like it; a default that does
 *  not pass is our bug. Bound values are converted once; the getters only look them up. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "params_tree.h"

enum { DEEPEST_SCHEMA = 2 * DEEPEST };

static const char *join(const char *const *words, char *text, size_t size) {
  size_t used = 0;
  text[0]     = '\0';
  for (; words != NULL && *words != NULL && used < size; words++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", *words);
  return text;
}

/** "x: expected a number, got 'fast'"; `hint` may be "". */
static Status wrong_value(const Params *node, const char *expected, const char *hint) {
  char path[256], got[128];
  tree_path(node, path, sizeof path);
  return tree_fail(node->at, "%s: expected %s, got %s%s", path, expected, tree_describe(node, got, sizeof got), hint);
}

static int word_index(const char *word, const char *const *words) {
  for (int k = 0; words != NULL && words[k] != NULL; k++)
    if (strcmp(word, words[k]) == 0) return k;
  return -1;
}

static const char *range_text(const ParamSpec *spec, char *text, size_t size) {
  char low[32], high[32];
  const bool has_low = !isinf(spec->low), has_high = !isinf(spec->high);
  number_print(spec->low, low);
  number_print(spec->high, high);
  const char *relation = spec->open_low ? ">" : ">=";
  if (has_low && has_high)
    (void)snprintf(text, size, "%s %s and <= %s", relation, low, high);
  else if (has_low)
    (void)snprintf(text, size, "%s %s", relation, low);
  else
    (void)snprintf(text, size, "<= %s", high);
  return text;
}

static bool has_range(const ParamSpec *spec) { return (spec->low != 0 || spec->high != 0) && !(isinf(spec->low) && isinf(spec->high)); }

static Status check_range(const Params *node, const ParamSpec *spec, double value) {
  if (!has_range(spec)) return STATUS_OK;
  if ((spec->open_low ? value > spec->low : value >= spec->low) && value <= spec->high) return STATUS_OK;
  char path[256], range[96];
  tree_path(node, path, sizeof path);
  return tree_fail(node->at, "%s: %s is out of range (allowed: %s)", path, node->text, range_text(spec, range, sizeof range));
}

static const char *section_text(const ParamSchema *schema) {
  return schema->shorthand == NULL ? "a mapping (key: value)" : "a value or a mapping (key: value)";
}

static const char *kind_text(const ParamSpec *spec) {
  switch (spec->kind) {
    case PARAM_DOUBLE:
      return "a number";
    case PARAM_INTEGER:
      return "an integer";
    case PARAM_BOOLEAN:
      return "true or false";
    case PARAM_STRING:
      return "a text";
    case PARAM_CHOICE:
      return "one of";
    case PARAM_DURATION:
      return "a duration (600, 600s, 10m, 2h, 11:50:00)";
    case PARAM_DOUBLES:
      return "a number or a list of numbers";
    case PARAM_SECTION:
      return section_text(spec->sub);
    case PARAM_OPEN:
      return "a name or a mapping (key: value)";
    case PARAM_LIST:
      return "a list of mappings";
  }
  return "";
}

/** Not what the kind asks for. */
static Status wrong_kind(const Params *node, const ParamSpec *spec) {
  char expected[512], words[384], hint[128] = "";
  join(spec->choices, words, sizeof words);
  const char *separator = spec->choices == NULL ? "" : spec->kind == PARAM_CHOICE ? " " : " or one of ";
  (void)snprintf(expected, sizeof expected, "%s%s%s", kind_text(spec), separator, words);
  const char *nearest = node->type == NODE_SCALAR ? params_nearest(node->text, spec->choices) : NULL;
  if (nearest != NULL) (void)snprintf(hint, sizeof hint, " (did you mean '%s'?)", nearest);
  return wrong_value(node, expected, hint);
}

/** A scalar to a number in *value; `as` is PARAM_DOUBLE, PARAM_INTEGER or PARAM_DURATION. */
static Status convert(Params *node, const ParamSpec *spec, ParamKind as, double *value) {
  if (node->type != NODE_SCALAR || node->is_null || (node->is_quoted && as != PARAM_DURATION)) return wrong_kind(node, spec);
  NumberFault fault;
  if (as == PARAM_INTEGER) {
    fault  = number_integer(node->text, &node->integer);
    *value = (double)node->integer;
  } else {
    fault = as == PARAM_DOUBLE ? number_double(node->text, value) : number_duration(node->text, value);
  }
  if (fault == NUMBER_SIZE)
    return wrong_value(node, as == PARAM_INTEGER ? "an integer of 64 bits" : "a number between 1e-308 and 1e308", "");
  if (fault != NUMBER_OK) return wrong_kind(node, spec);
  return check_range(node, spec, *value);
}

static Status bind_doubles(Params *node, const ParamSpec *spec) {
  const bool is_list      = node->type == NODE_LIST;
  const bool may_be_empty = spec->fallback != NULL && strcmp(spec->fallback, "[]") == 0;
  const size_t n          = is_list ? node->n : 1;
  if (n == 0 && !may_be_empty) return wrong_value(node, "at least one number", "");
  node->numbers   = memory_array(n, sizeof *node->numbers);
  node->n_numbers = (int)n;
  ParamSpec one   = *spec;
  one.choices     = is_list ? NULL : spec->choices;
  if (is_list) one.kind = PARAM_DOUBLE;
  for (size_t k = 0; k < n; k++) TRY(convert(is_list ? node->children[k] : node, &one, PARAM_DOUBLE, &node->numbers[k]));
  return STATUS_OK;
}

/** Scalars, after the words have been dealt with. */
static Status bind_scalar(Params *node, const ParamSpec *spec) {
  if (node->type != NODE_SCALAR || node->is_null) return wrong_kind(node, spec);
  if (spec->kind == PARAM_STRING) return STATUS_OK;
  node->integer = strcmp(node->text, "true") == 0;
  if (spec->kind == PARAM_BOOLEAN && !node->is_quoted && (node->integer == 1 || strcmp(node->text, "false") == 0)) return STATUS_OK;
  return wrong_kind(node, spec);
}

static Status bind_section(Params *node, const ParamSchema *common, const ParamSchema *own);

static Status bind_list(Params *node, const ParamSpec *spec) {
  static const ParamSpec open_item = {.kind = PARAM_OPEN};
  if (node->type == NODE_SCALAR && node->is_null) node->type = NODE_LIST;
  if (node->type != NODE_LIST) return wrong_kind(node, spec);
  for (size_t k = 0; k < node->n; k++) {
    Params *item = node->children[k];
    if (spec->sub != NULL)
      TRY(bind_section(item, spec->sub, NULL));
    else
      TRY(tree_bind_value(item, &open_item));
  }
  return STATUS_OK;
}

static Status bind_open(Params *node, const ParamSpec *spec) {
  if (node->type == NODE_SCALAR && node->is_null) tree_become_mapping(node);
  return node->type == NODE_LIST ? wrong_kind(node, spec) : STATUS_OK;
}

Status tree_bind_value(Params *node, const ParamSpec *spec) {
  if (node->type == NODE_SCALAR && !node->is_null && spec->choices != NULL) {
    node->choice = word_index(node->text, spec->choices);
    if (node->choice >= 0) return STATUS_OK;
  }
  switch (spec->kind) {
    case PARAM_DOUBLE:
    case PARAM_INTEGER:
    case PARAM_DURATION:
      return convert(node, spec, spec->kind, &node->number);
    case PARAM_DOUBLES:
      return bind_doubles(node, spec);
    case PARAM_SECTION:
      return bind_section(node, spec->sub, NULL);
    case PARAM_LIST:
      return bind_list(node, spec);
    case PARAM_OPEN:
      return bind_open(node, spec);
    case PARAM_BOOLEAN:
    case PARAM_STRING:
    case PARAM_CHOICE:
      break;
  }
  return bind_scalar(node, spec);
}

/** Make `node` a mapping and give the scalar that stood for it its name. */
static Status normalise(Params *node, const ParamSchema *schema) {
  if (node->type == NODE_SCALAR && (node->is_null || schema->shorthand != NULL)) tree_become_mapping(node);
  if (node->type != NODE_MAPPING) return wrong_value(node, section_text(schema), "");
  Params *scalar = tree_child(node, "");
  if (scalar == NULL) return STATUS_OK;
  if (schema->shorthand == NULL) return wrong_value(node, section_text(schema), "");
  const Params *named = tree_child(node, schema->shorthand);
  if (named == NULL) {
    memory_free(scalar->key);
    scalar->key = memory_string(schema->shorthand);
    return STATUS_OK;
  }
  if (named->at.source == scalar->at.source) return tree_fail(named->key_at, "duplicate key '%s'", named->key);
  size_t k = 0; /* model: ipl3d in the file, model.name=mblj on the command line: the latter */
  while (node->children[k] != scalar) k++;
  memmove(&node->children[k], &node->children[k + 1], (--node->n - k) * sizeof *node->children);
  tree_end(scalar);
  return STATUS_OK;
}

static void collect_specs(Params *node, const ParamSchema *common, const ParamSchema *own) {
  const ParamSchema *schemas[] = {common, own};
  int n                        = 0;
  for (int s = 0; s < 2; s++)
    for (const ParamSpec *spec = schemas[s] == NULL ? NULL : schemas[s]->specs; spec != NULL && spec->key != NULL; spec++) n++;
  node->schema  = common;
  node->specs   = memory_array((size_t)n, sizeof *node->specs);
  node->values  = memory_array((size_t)n, sizeof *node->values);
  node->n_specs = 0;
  for (int s = 0; s < 2; s++)
    for (const ParamSpec *spec = schemas[s] == NULL ? NULL : schemas[s]->specs; spec != NULL && spec->key != NULL; spec++) {
      for (int other = 0; other < node->n_specs; other++)
        require(strcmp(node->specs[other]->key, spec->key) != 0, "schema %s: key %s twice", common->name, spec->key);
      node->specs[node->n_specs++] = spec;
    }
}

/** Which key of the schema each child answers. */
static Status match_keys(Params *node) {
  for (size_t k = 0; k < node->n; k++) {
    Params *child = node->children[k];
    int s         = 0;
    while (s < node->n_specs && strcmp(node->specs[s]->key, child->key) != 0) s++;
    if (s < node->n_specs) {
      node->values[s] = child;
      continue;
    }
    char path[256], known[2048], hint[160] = "";
    const char **keys = memory_array((size_t)node->n_specs + 1, sizeof *keys);
    for (s = 0; s < node->n_specs; s++) keys[s] = node->specs[s]->key;
    const char *nearest = params_nearest(child->key, keys);
    if (nearest != NULL) (void)snprintf(hint, sizeof hint, " (did you mean '%s'?)", nearest);
    join(keys, known, sizeof known);
    memory_free(keys);
    tree_path(node, path, sizeof path);
    return tree_fail(child->key_at, "unknown key '%.80s'%s%s%s; valid keys: %s", child->key, path[0] == '\0' ? "" : " in ", path, hint,
                     known);
  }
  return STATUS_OK;
}

static Status missing_key(const Params *node, const ParamSpec *spec) {
  char path[256], range[128] = "", bounds[96], words[384];
  tree_path(node, path, sizeof path);
  if (has_range(spec)) (void)snprintf(range, sizeof range, " %s", range_text(spec, bounds, sizeof bounds));
  join(spec->choices, words, sizeof words);
  return tree_fail(tree_section_place(node), "missing key '%s'%s%s: %s%s%s%s%s%s%s%s%s", spec->key, path[0] == '\0' ? "" : " in ", path,
                   kind_text(spec), range,
                   spec->choices == NULL        ? ""
                   : spec->kind == PARAM_CHOICE ? " "
                                                : " or one of ",
                   words, spec->unit == NULL ? "" : ", unit ", spec->unit == NULL ? "" : spec->unit, spec->help == NULL ? "" : " (",
                   spec->help == NULL ? "" : spec->help, spec->help == NULL ? "" : ")");
}

/** The default of `spec` as a tree. */
static Params *parse_default(Params *node, const ParamSpec *spec) {
  const Source *source = tree_source(node, SOURCE_PROGRAM, "default", spec->fallback);
  Params *value;
  const Status status = tree_parse(source, 0, &value);
  require(status == STATUS_OK && value != NULL, "default of %s: %s", spec->key, spec->fallback);
  return value;
}

/** A section that exists only through overrides of some of its keys has its default for the others. */
static void merge(Params *given, Params *fallback) {
  if (given->type != NODE_MAPPING || fallback->type == NODE_LIST || fallback->is_null) return;
  if (fallback->type == NODE_SCALAR) tree_become_mapping(fallback);
  for (size_t k = 0; k < fallback->n; k++) {
    Params *child = fallback->children[k];
    Params *same  = tree_child(given, child->key);
    if (same == NULL) {
      fallback->children[k] = tree_node(NODE_LIST, child->at); /* something to end in its stead */
      tree_append(given, child->key, child->key_at, child);
    } else if (same->is_implied) {
      merge(same, child);
    }
  }
}

static Status fill_defaults(Params *node) {
  for (int s = 0; s < node->n_specs; s++) {
    const ParamSpec *spec = node->specs[s];
    if (node->values[s] != NULL) continue;
    if (spec->fallback == NULL) return missing_key(node, spec);
    if (spec->fallback[0] == '\0') continue;
    Params *value = parse_default(node, spec);
    tree_append(node, spec->key, value->at, value);
    node->values[s]     = value;
    const Status status = tree_bind_value(value, spec);
    require(status == STATUS_OK || spec->kind == PARAM_SECTION, "default of %s: %s", spec->key, spec->fallback);
    TRY(status);
  }
  return STATUS_OK;
}

static Status bind_given(Params *node) {
  const size_t n = node->n;
  for (size_t k = 0; k < n; k++) {
    Params *child = node->children[k];
    int s         = 0;
    while (node->values[s] != child) s++;
    const ParamSpec *spec = node->specs[s];
    const bool is_section = spec->kind == PARAM_SECTION || spec->kind == PARAM_OPEN;
    if (child->is_implied && is_section && spec->fallback != NULL && spec->fallback[0] != '\0') {
      Params *fallback = parse_default(node, spec);
      merge(child, fallback);
      tree_end(fallback);
    }
    TRY(tree_bind_value(child, spec));
  }
  return STATUS_OK;
}

static Status bind_section(Params *node, const ParamSchema *common, const ParamSchema *own) {
  int depth = 0;
  for (const Params *above = node; above != NULL; above = above->parent) depth++;
  require(depth < DEEPEST_SCHEMA, "schema %s contains itself", common->name);
  require(node->schema == NULL, "section bound twice, to %s and %s", node->schema->name, common->name);
  TRY(normalise(node, common));
  collect_specs(node, common, own);
  TRY(match_keys(node));
  TRY(bind_given(node));
  return fill_defaults(node);
}

Status params_bind(Params *p, const ParamSchema *schema) { return bind_section(p, schema, NULL); }
Status params_bind_both(Params *p, const ParamSchema *common, const ParamSchema *own) { return bind_section(p, common, own); }
