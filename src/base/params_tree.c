/** The input tree: nodes, their keys and their places.
 *
 *  Nodes are small and many are made once at start, so each is an allocation of its own and a mapping is searched from end to end.
 *  Every node knows where it came from; that is what makes a message point at a line, and `check` tell the origin of a value. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "params_tree.h"

Params *tree_node(NodeType type, Place at) {
  Params *node = memory_array(1, sizeof *node);
  node->type   = type;
  node->at     = at;
  node->choice = -1;
  return node;
}

Params *tree_scalar(const char *text, Place at) {
  Params *node = tree_node(NODE_SCALAR, at);
  node->text   = memory_string(text);
  return node;
}

void tree_append(Params *container, const char *key, Place key_at, Params *child) {
  void *children = container->children;
  memory_grow(&children, &container->capacity, container->n + 1, container->n, sizeof(Params *));
  container->children                 = children;
  container->children[container->n++] = child;
  child->parent                       = container;
  child->key_at                       = key_at;
  char *copy                          = key == NULL ? NULL : memory_string(key); /* key may be the child's own */
  memory_free(child->key);
  child->key = copy;
}

void tree_replace(Params *old, Params *fresh) {
  Params *container = old->parent;
  for (size_t k = 0; k < container->n; k++)
    if (container->children[k] == old) container->children[k] = fresh;
  for (int s = 0; s < container->n_specs; s++)
    if (container->values[s] == old) container->values[s] = fresh;
  fresh->parent = container;
  fresh->key    = old->key;
  fresh->key_at = old->key_at;
  old->key      = NULL;
  tree_end(old);
}

Params *tree_child(const Params *mapping, const char *key) {
  for (size_t k = 0; mapping->type == NODE_MAPPING && k < mapping->n; k++)
    if (strcmp(mapping->children[k]->key, key) == 0) return mapping->children[k];
  return NULL;
}

void tree_become_mapping(Params *node) {
  require(node->type == NODE_SCALAR, "only a scalar stands for a mapping");
  Params *scalar    = tree_scalar(node->text, node->at);
  scalar->is_null   = node->is_null;
  scalar->is_quoted = node->is_quoted;
  memory_free(node->text);
  node->text = NULL;
  node->type = NODE_MAPPING;
  if (scalar->is_null)
    tree_end(scalar);
  else
    tree_append(node, "", node->at, scalar);
  node->is_null = node->is_quoted = false;
}

void tree_end(Params *node) {
  if (node == NULL) return;
  for (size_t k = 0; k < node->n; k++) tree_end(node->children[k]);
  for (Source *source = node->sources; source != NULL;) {
    Source *next = source->next;
    memory_free(source->name);
    memory_free(source->text);
    memory_free(source);
    source = next;
  }
  memory_free(node->children);
  memory_free(node->text);
  memory_free(node->key);
  memory_free(node->specs);
  memory_free(node->values);
  memory_free(node->numbers);
  memory_free(node);
}

const Source *tree_source(Params *any, SourceKind kind, const char *name, const char *text) {
  while (any->parent != NULL) any = any->parent;
  for (const Source *old = any->sources; old != NULL; old = old->next)
    if (old->kind == kind && strcmp(old->name, name) == 0 && strcmp(old->text, text) == 0) return old;
  Source *source = memory_array(1, sizeof *source);
  *source        = (Source){kind, memory_string(name), memory_string(text), any->sources};
  any->sources   = source;
  return source;
}

static size_t index_in_list(const Params *node) {
  size_t k = 0;
  while (node->parent->children[k] != node) k++;
  return k;
}

void tree_path(const Params *node, char *path, size_t size) {
  path[0] = '\0';
  if (node->parent == NULL) return;
  tree_path(node->parent, path, size);
  const size_t used = strlen(path);
  if (node->key == NULL)
    (void)snprintf(path + used, size - used, "[%zu]", index_in_list(node));
  else if (node->key[0] != '\0')
    (void)snprintf(path + used, size - used, "%s%s", used > 0 ? "." : "", node->key);
}

Place tree_section_place(const Params *node) {
  for (; node->parent != NULL; node = node->parent) {
    const Place *place = node->key == NULL ? &node->at : &node->key_at;
    if (place->source != NULL && place->source->kind != SOURCE_PROGRAM) return *place;
  }
  return (Place){node->at.source, 0, 0, 1};
}

bool tree_is_given(const Params *node) { return node->at.source != NULL && node->at.source->kind != SOURCE_PROGRAM; }
