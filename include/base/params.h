#pragma once
/** The input: a YAML tree bound to schema tables.
 *
 *  One ParamSchema per section names every key with its kind, unit, range, default and one line of help. The same table
 *  validates the input, fills the defaults, prints `check` and the reference pages. Life: params_parse (text -> tree) ->
 *  params_bind (tree against schema, all keys checked, defaults filled) -> typed getters, which cannot fail any more.
 *  A message reads  FILE:LINE:COLUMN: error: what (allowed range; nearest key)  with the source line and a caret below it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/status.h"

typedef struct Params Params; /* one mapping (section) of the tree; the root owns all */

typedef enum ParamKind {
  PARAM_DOUBLE,   /* whole-string strtod; no nan, inf, or trailing text; with `choices` a listed word is allowed too */
  PARAM_INTEGER,  /* also 1e6 where exact; with `choices` a listed word is allowed too */
  PARAM_BOOLEAN,  /* true | false */
  PARAM_STRING,   /* any scalar */
  PARAM_CHOICE,   /* one of `choices` */
  PARAM_DURATION, /* wall time: 600, 600s, 10m, 2h, 11:50:00; getter gives seconds */
  PARAM_DOUBLES,  /* list of numbers, or one number; with `choices` one listed word is allowed instead */
  PARAM_SECTION,  /* mapping with schema `sub`; if sub->shorthand, a scalar stands for {shorthand: scalar} */
  PARAM_LIST,     /* list of mappings, each with schema `sub` */
  PARAM_OPEN      /* mapping that somebody else binds later (schema chosen by its content) */
} ParamKind;

typedef struct ParamSchema ParamSchema;
typedef struct ParamSpec {
  const char *key;
  ParamKind kind;
  const char *fallback;       /* YAML text of the default; NULL: required; "": optional, no value (params_has is false) */
  const char *unit;           /* reduced units, e.g. "sigma", "eps/kB", "1"; NULL where none applies */
  double low, high;           /* allowed range of numbers (each element of a list); both 0: any */
  bool open_low;              /* low itself is not allowed */
  const char *const *choices; /* NULL-terminated */
  const ParamSchema *sub;     /* PARAM_SECTION, PARAM_LIST */
  const char *help;           /* one line */
} ParamSpec;
struct ParamSchema {
  const char *name; /* as in messages: "run" */
  const char *help;
  const char *shorthand;  /* key that a scalar stands for, or NULL */
  const ParamSpec *specs; /* ends with key == NULL */
};

/** Parse `text` (shown as `file` in messages) and then n overrides "section.key=value" / "section.list[0].key=value" (shown as
 *  "command line"). Refuses duplicate keys, several documents, tags, anchors. Root is ended by params_end. */
NODISCARD Status params_parse(const char *text, const char *file, int n_overrides, const char *const *overrides, Params **root);
/** Check every key against the schema (sub-sections too, save PARAM_OPEN) and fill defaults. Binding twice is an error of ours. */
NODISCARD Status params_bind(Params *p, const ParamSchema *schema);
/** As params_bind, with two tables read as one: the keys all members of a comb share, then the member's own (NULL: none). */
NODISCARD Status params_bind_both(Params *p, const ParamSchema *common, const ParamSchema *own);
/** What chooses the schema of a section not bound yet: the scalar under `key`, or the scalar that stands for the whole section
 *  ("model: ipl3d"). Lent until it is bound; NULL if there is neither. */
const char *params_peek(const Params *p, const char *key);
void params_end(Params **root);

/** Getters: need a bound section and a key of its schema with a value; anything else is fatal (a bug). */
bool params_has(const Params *p, const char *key);     /* has a value: given or default */
bool params_given(const Params *p, const char *key);   /* the user gave it */
bool params_is_word(const Params *p, const char *key); /* the value is one of `choices`, not a number */
double params_double(const Params *p, const char *key);
int64_t params_integer(const Params *p, const char *key);
bool params_boolean(const Params *p, const char *key);
const char *params_string(const Params *p, const char *key); /* lent; STRING, CHOICE, or the word of a number-or-word */
int params_choice(const Params *p, const char *key);         /* index into choices */
double params_duration(const Params *p, const char *key);
const double *params_doubles(const Params *p, const char *key, int *n); /* lent */
Params *params_section(const Params *p, const char *key);               /* lent; NULL if absent and optional */
int params_count(const Params *p, const char *key);                     /* items of a PARAM_LIST; 0 if absent */
Params *params_item(const Params *p, const char *key, int k);           /* lent */

/** Set a default that only the program knows (a model's own density): as if it stood in the schema; ignored if the user gave the key.
 *  `origin` is printed by check, e.g. "model ipl3d". */
void params_default_double(Params *p, const char *key, double value, const char *origin);
void params_default_doubles(Params *p, const char *key, const double *values, int n, const char *origin);

/** Report a semantic mistake at the place of `key` (or of the section if key is NULL or not given); returns STATUS_INPUT. */
NODISCARD Status params_fail(const Params *p, const char *key, const char *format, ...) PRINTF_LIKE(3, 4);

/** The bound tree as YAML with defaults; with_origins adds "# unit; origin; help" comments (origin: FILE:LINE, command line, default, model
 * ..). */
void params_print(const Params *root, FILE *out, bool with_origins);
/** The same without comments, as a string (caller frees with memory_free): what provenance stores. Parsing it again gives the same tree. */
char *params_text(const Params *root);
/** The same for one key of p (a whole section, say): input of stage digests. NULL if absent. */
char *params_key_text(const Params *p, const char *key);

/** Nearest of a NULL-terminated list to `word` by edit distance (at most 1/3 of its length, at least 1), or NULL. */
const char *params_nearest(const char *word, const char *const *words);
