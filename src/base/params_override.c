/** Overrides from the command line: path=value, applied to the tree before any schema is known.
 *
 *      run.stages[0].temperature=0.5     model.lambda=21     dipole={pairs: all}
 *      analyze.from=run.h5md             every item of a list of the root, where no item is named
 *  The value is YAML of its own and replaces what the path names; sections on the way that do not exist are created, list items are
 *  not. Where the path goes through a scalar (model: stillinger_weber), that scalar may be shorthand for a mapping; which key it
 *  stands for is known only to the schema, so it is kept under the key "" until the mapping is bound. Since an override becomes part
 *  of the tree, one that nobody asks for is found like any other unknown key. */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "params_tree.h"

enum { LONGEST_KEY = 128 };
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
static const char digits[]  = "0123456789";

/** A walk along the path: `node` is what the part of the path before `here` names. */
typedef struct Walk {
  const Source *source;
  const char *here;
  Params *node;
  Place key; /* last one */
  int steps;
} Walk;

static Place place_of(const Walk *walk, const char *start, size_t length) {
  return (Place){walk->source, 0, (int)(start - walk->source->text), (int)length};
}

static Params *empty_scalar(Place at) {
  Params *node  = tree_scalar("", at);
  node->is_null = true;
  return node;
}

static Status step_to_key(Walk *walk) {
  char key[LONGEST_KEY], path[256];
  const size_t length = strspn(walk->here, letters);
  const Place at      = place_of(walk, walk->here, length);
  if (length == 0 || length >= sizeof key) return tree_fail(at, "expected a key, as in run.stages[0].temperature=0.5");
  memcpy(key, walk->here, length);
  key[length] = '\0';
  tree_path(walk->node, path, sizeof path);
  if (walk->node->type == NODE_LIST)
    return tree_fail(at, "%s is a list of %zu: say which item, as in %s[0].%s", path, walk->node->n, path, key);
  if (walk->node->type == NODE_SCALAR) {
    tree_become_mapping(walk->node);
    walk->node->at = at;
  }
  Params *child = tree_child(walk->node, key);
  if (child == NULL) {
    child             = empty_scalar(at);
    child->is_implied = true;
    tree_append(walk->node, key, at, child);
  }
  walk->node = child;
  walk->key  = at;
  walk->here += length;
  return STATUS_OK;
}

static Status step_to_item(Walk *walk) {
  char path[256];
  const char *number  = walk->here + 1;
  const size_t length = strspn(number, digits);
  const Place at      = place_of(walk, number, length);
  if (length == 0 || number[length] != ']') return tree_fail(at, "expected a number and ']', as in run.stages[0]");
  size_t k = 0;
  for (size_t d = 0; d < length; d++) k = k > MOST_NODES ? k : 10 * k + (size_t)(number[d] - '0');
  tree_path(walk->node, path, sizeof path);
  const bool is_empty = walk->node->type == NODE_SCALAR && walk->node->is_null;
  if (walk->node->type != NODE_LIST && !is_empty) return tree_fail(at, "%s is not a list", path);
  if (k >= walk->node->n)
    return tree_fail(at, "there is no %s[%.*s]: the input gives %zu item%s, counted from 0", path, (int)length, number, walk->node->n,
                     walk->node->n == 1 ? "" : "s");
  walk->node = walk->node->children[k];
  walk->here = number + length + 1;
  return STATUS_OK;
}

static Status walk_path(Walk *walk, const char *end) {
  TRY(step_to_key(walk));
  while (walk->here < end) {
    if (++walk->steps > DEEPEST) return tree_fail(place_of(walk, walk->here, 1), "nested deeper than %d", DEEPEST);
    if (*walk->here == '[') {
      TRY(step_to_item(walk));
    } else if (*walk->here == '.') {
      walk->here++;
      TRY(step_to_key(walk));
    } else {
      return tree_fail(place_of(walk, walk->here, 1), "unexpected '%c' in the path of an override", *walk->here);
    }
  }
  return STATUS_OK;
}

/** The list of the root that the path begins with if it goes on with a key, not an item; `here` behind it. Else NULL. */
static Params *whole_list(Params *root, const char **here) {
  char key[LONGEST_KEY];
  const size_t length = strspn(*here, letters);
  if (length == 0 || length >= sizeof key || (*here)[length] != '.') return NULL;
  memcpy(key, *here, length);
  key[length]  = '\0';
  Params *list = root->type == NODE_MAPPING ? tree_child(root, key) : NULL;
  if (list == NULL || list->type != NODE_LIST || list->n == 0) return NULL;
  *here += length + 1;
  return list;
}

/** Put the value at the path that begins with walk.here in walk.node. */
static Status put(Walk walk, const char *equals) {
  const Source *source = walk.source;
  const size_t start   = (size_t)(equals - source->text) + 1;
  Params *value;
  TRY(tree_parse(source, start, &value));
  const Status status = walk_path(&walk, equals);
  if (status != STATUS_OK) {
    tree_end(value);
    return status;
  }
  const Place behind = place_of(&walk, equals + 1, 1);
  if (value == NULL) value = empty_scalar(behind);
  tree_replace(walk.node, value);
  if (value->key != NULL) value->key_at = walk.key;
  return STATUS_OK;
}

Status tree_override(Params *root, const char *override) {
  const Source *source = tree_source(root, SOURCE_COMMAND, "command line", override);
  Walk walk            = {.source = source, .here = source->text, .node = root};
  const char *equals   = strchr(source->text, '=');
  if (equals == NULL) return tree_fail(place_of(&walk, walk.here, strlen(override)), "expected section.key=value");
  const Params *list = whole_list(root, &walk.here);
  if (list == NULL) return put(walk, equals);
  for (size_t k = 0; k < list->n; k++) {
    walk.node = list->children[k];
    TRY(put(walk, equals));
  }
  return STATUS_OK;
}
