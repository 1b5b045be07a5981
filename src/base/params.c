/** The input as the rest of the program sees it.
 *
 *  After binding every key of the schema has a checked value or is known to have none, so a getter cannot fail for a reason that is
 *  the user's; asking for a key that the schema lacks, or for a value of another kind, is a bug and fatal. */
#include "base/params.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "params_tree.h"

static Status check_root(const Params *root, const Source *source) {
  char got[128];
  const Place start = {source, 0, 0, 1};
  if (root == NULL || (root->type == NODE_SCALAR && root->is_null))
    return tree_fail(start, "the input is empty; it needs sections of key: value");
  if (root->type != NODE_MAPPING)
    return tree_fail(root->at, "expected sections of key: value, got %s", tree_describe(root, got, sizeof got));
  return STATUS_OK;
}

Status params_parse(const char *text, const char *file, int n_overrides, const char *const *overrides, Params **root) {
  *root                = NULL;
  Params *owner        = tree_node(NODE_MAPPING, (Place){NULL, 0, 0, 0}); /* holds the sources until there is a tree */
  const Source *source = tree_source(owner, SOURCE_FILE, file, text);
  Params *tree         = NULL;
  Status status        = tree_parse(source, 0, &tree);
  if (status == STATUS_OK) status = check_root(tree, source);
  if (status == STATUS_OK) {
    tree->sources  = owner->sources;
    owner->sources = NULL;
    for (int k = 0; k < n_overrides && status == STATUS_OK; k++) status = tree_override(tree, overrides[k]);
  }
  if (status == STATUS_OK)
    *root = tree;
  else
    tree_end(tree);
  tree_end(owner);
  return status;
}

void params_end(Params **root) {
  require(*root == NULL || (*root)->parent == NULL, "only the root is ended");
  tree_end(*root);
  *root = NULL;
}

const char *params_peek(const Params *p, const char *key) {
  const Params *value = tree_child(p, key);
  if (value == NULL) value = p->type == NODE_SCALAR ? p : tree_child(p, "");
  return value == NULL || value->type != NODE_SCALAR || value->is_null ? NULL : value->text;
}

/** Index of `key` in the schema of p. */
static int find(const Params *p, const char *key) {
  if (p == NULL || p->schema == NULL) fatal("parameter '%s' asked of a section that is not bound", key);
  for (int s = 0; s < p->n_specs; s++)
    if (strcmp(p->specs[s]->key, key) == 0) return s;
  fatal("schema %s has no key '%s'", p->schema->name, key);
}

static unsigned bit(ParamKind kind) { return 1u << kind; }

static Params *value_of(const Params *p, const char *key) {
  const int s = find(p, key);
  return p->values[s];
}

/** The value of `key`, which must be of one of the kinds (a sum of bits); NULL if it has none. */
static Params *look(const Params *p, const char *key, unsigned kinds) {
  const int s = find(p, key);
  if ((bit(p->specs[s]->kind) & kinds) == 0) fatal("%s.%s is of another kind", p->schema->name, key);
  return p->values[s];
}

static const Params *need(const Params *p, const char *key, unsigned kinds) {
  const Params *value = look(p, key, kinds);
  if (value == NULL) fatal("%s.%s has no value", p->schema->name, key);
  return value;
}

/** As need, and the value is a number, not a word. */
static const Params *need_number(const Params *p, const char *key, ParamKind kind) {
  const Params *value = need(p, key, bit(kind));
  if (value->choice >= 0) fatal("%s.%s is the word '%s', not a number", p->schema->name, key, value->text);
  return value;
}

bool params_has(const Params *p, const char *key) { return value_of(p, key) != NULL; }

bool params_given(const Params *p, const char *key) {
  const Params *value = value_of(p, key);
  return value != NULL && tree_is_given(value);
}

bool params_is_word(const Params *p, const char *key) {
  const Params *value = value_of(p, key);
  return value != NULL && value->choice >= 0;
}

double params_double(const Params *p, const char *key) { return need_number(p, key, PARAM_DOUBLE)->number; }
int64_t params_integer(const Params *p, const char *key) { return need_number(p, key, PARAM_INTEGER)->integer; }
bool params_boolean(const Params *p, const char *key) { return need(p, key, bit(PARAM_BOOLEAN))->integer == 1; }
double params_duration(const Params *p, const char *key) { return need_number(p, key, PARAM_DURATION)->number; }

/** As need, and the value is a word or a text. */
static const Params *need_word(const Params *p, const char *key) {
  const Params *value  = need(p, key, ~0u);
  const ParamKind kind = p->specs[find(p, key)]->kind;
  if (kind != PARAM_STRING && value->choice < 0) fatal("%s.%s is not a word", p->schema->name, key);
  return value;
}

const char *params_string(const Params *p, const char *key) { return need_word(p, key)->text; }

int params_choice(const Params *p, const char *key) {
  const Params *value = need_word(p, key);
  if (value->choice < 0) fatal("%s.%s has no choices", p->schema->name, key);
  return value->choice;
}

const double *params_doubles(const Params *p, const char *key, int *n) {
  const Params *value = need_number(p, key, PARAM_DOUBLES);
  *n                  = value->n_numbers;
  return value->numbers;
}

Params *params_section(const Params *p, const char *key) { return look(p, key, bit(PARAM_SECTION) | bit(PARAM_OPEN)); }

int params_count(const Params *p, const char *key) {
  const Params *list = look(p, key, bit(PARAM_LIST));
  return list == NULL ? 0 : (int)list->n;
}

Params *params_item(const Params *p, const char *key, int k) {
  const Params *list = need(p, key, bit(PARAM_LIST));
  if (k < 0 || (size_t)k >= list->n) fatal("%s.%s[%d] of %zu", p->schema->name, key, k, list->n);
  return list->children[k];
}

/** Bind `value`, made of the program's own text, in the place of key; wrong text is a bug. */
static void set_default(Params *p, int s, Params *value) {
  const ParamSpec *spec = p->specs[s];
  if (p->values[s] != NULL) {
    tree_replace(p->values[s], value);
  } else {
    tree_append(p, spec->key, value->at, value);
    p->values[s] = value;
  }
  const Status status = tree_bind_value(value, spec);
  if (status != STATUS_OK) fatal("default of %s.%s by %s", p->schema->name, spec->key, value->at.source->name);
}

void params_default_double(Params *p, const char *key, double value, const char *origin) {
  char text[32];
  const int s = find(p, key);
  if (params_given(p, key)) return;
  number_print(value, text);
  const Place at = {tree_source(p, SOURCE_PROGRAM, origin, text), 0, 0, 1};
  set_default(p, s, tree_scalar(text, at));
}

void params_default_doubles(Params *p, const char *key, const double *values, int n, const char *origin) {
  char text[32];
  const int s = find(p, key);
  if (params_given(p, key)) return;
  const Place at = {tree_source(p, SOURCE_PROGRAM, origin, ""), 0, 0, 1};
  Params *list   = tree_node(NODE_LIST, at);
  for (int k = 0; k < n; k++) tree_append(list, NULL, at, tree_scalar(number_print(values[k], text), at));
  set_default(p, s, list);
}
