#pragma once
/** The input tree from inside: what params*.c share. Nobody else includes this. */
#include <stdarg.h>

#include "base/params.h"

enum { DEEPEST = 32, LARGEST_TEXT = 16 << 20, MOST_NODES = 250000 };

/** A text that nodes come from: the file, one override, a default. The root owns all. */
typedef enum SourceKind { SOURCE_FILE, SOURCE_COMMAND, SOURCE_PROGRAM } SourceKind;
typedef struct Source {
  SourceKind kind;
  char *name; /* file name, "command line", "default", "model ipl3d" */
  char *text;
  struct Source *next;
} Source;

typedef struct Place {
  const Source *source; /* NULL: nowhere */
  int line, column;     /* from 0, in characters */
  int length;           /* characters under the caret */
} Place;

typedef enum NodeType { NODE_SCALAR, NODE_LIST, NODE_MAPPING } NodeType;

/** A node; every mapping can become a bound section. A child with the key "" is the scalar that stood for a mapping (see
 *  ParamSchema.shorthand) before an override added keys beside it; it gets its name when the mapping is bound. */
struct Params {
  NodeType type;
  bool is_null;    /* scalar: nothing, ~ or null */
  bool is_quoted;  /* scalar */
  bool is_implied; /* made by an override on its way to a key inside */
  char *text;      /* scalar */
  char *key;       /* in a mapping */
  Place at, key_at;
  Params *parent;
  Params **children;
  size_t n, capacity;
  Source *sources; /* root only */

  /* bound mapping */
  const ParamSchema *schema; /* NULL: not bound */
  const ParamSpec **specs;   /* [n_specs] */
  Params **values;           /* [n_specs], children; NULL: no value */
  int n_specs;

  /* bound value */
  double number;   /* DOUBLE, DURATION (s) */
  int64_t integer; /* INTEGER, BOOLEAN */
  int choice;      /* index of the word; -1: none */
  double *numbers; /* DOUBLES */
  int n_numbers;
};

/* params_tree.c */
Params *tree_node(NodeType type, Place at);
Params *tree_scalar(const char *text, Place at);
void tree_append(Params *container, const char *key, Place key_at, Params *child);
/** Put `fresh` where `old` is, under the same key; old is ended. */
void tree_replace(Params *old, Params *fresh);
Params *tree_child(const Params *mapping, const char *key);
/** Turn a scalar into a mapping: empty if there was nothing, else with the scalar as its child "". */
void tree_become_mapping(Params *node);
void tree_end(Params *node);
const Source *tree_source(Params *any, SourceKind kind, const char *name, const char *text);
/** "run.stages[0].temperature"; "" for the root. */
void tree_path(const Params *node, char *path, size_t size);
/** Where the section `node` stands: its key, or its start, or that of what it lies in. */
Place tree_section_place(const Params *node);
bool tree_is_given(const Params *node);

/* params_message.c */
NODISCARD Status tree_fail(Place at, const char *format, ...) PRINTF_LIKE(2, 3);
NODISCARD Status tree_vfail(Place at, const char *format, va_list arguments);
/** "nothing", "a list", "'text'": what a node is, for messages. */
const char *tree_describe(const Params *node, char *text, size_t size);

/* params_parse.c: the text of `source` from byte `start` on; *node NULL if it holds nothing. */
NODISCARD Status tree_parse(const Source *source, size_t start, Params **node);

/* params_override.c */
NODISCARD Status tree_override(Params *root, const char *override);

/* params_bind.c: check one value against its spec, and fill number, integer, choice .. */
NODISCARD Status tree_bind_value(Params *node, const ParamSpec *spec);

/* params_number.c */
typedef enum NumberFault { NUMBER_OK, NUMBER_TEXT, NUMBER_FRACTION, NUMBER_SIZE } NumberFault;
NumberFault number_double(const char *text, double *value);
NumberFault number_integer(const char *text, int64_t *value);
NumberFault number_duration(const char *text, double *seconds);
/** Shortest of 15, 16, 17 digits that reads back as `value`. */
const char *number_print(double value, char text[32]);
