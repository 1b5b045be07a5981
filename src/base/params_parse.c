/** YAML text to tree; the only file that knows libfyaml.
 *
 *  We read events, not libfyaml's documents: each event carries its token with line and column, nothing recurses, and what we do
 *  not want (tags, anchors, aliases, a second document) is seen at once and refused with its place instead of being resolved
 *  or dropped in silence. Three things libfyaml 0.7.12 lets pass are caught here: duplicate keys (only its documents check them),
 *  invalid UTF-8 (it turns the value into null), and a zero byte in a quoted text. Its own complaints are collected by fy_diag and
 *  told in our form. An override is parsed in place, with its path blanked, so that columns fit the text the user typed. */
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "params_tree.h"

typedef struct Reader {
  const Source *source;
  Params *open[DEEPEST]; /* containers around the current event */
  int depth;
  Params *key[DEEPEST]; /* key that waits for its value, per container */
  Params *result;
  size_t n_nodes;
  bool had_document;
} Reader;

static Place place_of(const Reader *reader, struct fy_token *token) {
  const struct fy_mark *start = token == NULL ? NULL : fy_token_start_mark(token);
  const struct fy_mark *end   = token == NULL ? NULL : fy_token_end_mark(token);
  Place at                    = {reader->source, 0, 0, 1};
  if (start == NULL) return at;
  at.line   = start->line;
  at.column = start->column;
  if (end != NULL) at.length = end->line > start->line ? LARGEST_TEXT : end->column - start->column;
  return at;
}

/** A value that is not there stands behind its key. */
static Place empty_place(const Reader *reader) {
  const Params *key = reader->depth > 0 ? reader->key[reader->depth - 1] : NULL;
  if (key == NULL) return reader->depth > 0 ? reader->open[reader->depth - 1]->at : (Place){reader->source, 0, 0, 1};
  return (Place){reader->source, key->at.line, key->at.column + key->at.length + 1, 1};
}

static Status attach(Reader *reader, Params *node) {
  if (reader->depth == 0) {
    reader->result = node;
    return STATUS_OK;
  }
  Params *container = reader->open[reader->depth - 1];
  Params **key      = &reader->key[reader->depth - 1];
  if (container->type == NODE_LIST) {
    tree_append(container, NULL, node->at, node);
  } else if (*key != NULL) {
    tree_append(container, (*key)->text, (*key)->at, node);
    tree_end(*key);
    *key = NULL;
  } else {
    const Place at   = node->at;
    const bool is_ok = node->type == NODE_SCALAR && (node->is_quoted || node->text[0] != '\0');
    *key             = node;
    if (!is_ok) return tree_fail(at, "a key must be a word");
  }
  return STATUS_OK;
}

static Status add_scalar(Reader *reader, struct fy_token *token) {
  size_t length        = 0;
  const char *text     = token == NULL ? NULL : fy_token_get_text(token, &length);
  const char *text_0   = text == NULL ? "" : fy_token_get_text0(token);
  const bool has_place = token != NULL && fy_token_start_mark(token) != NULL;
  const Place at       = has_place ? place_of(reader, token) : empty_place(reader);
  const bool is_plain  = !has_place || fy_token_scalar_style(token) == FYSS_PLAIN;
  if (text_0 == NULL || strlen(text_0) != length) return tree_fail(at, "a text must not hold a zero byte");
  Params *node    = tree_scalar(text_0, at);
  node->is_quoted = !is_plain;
  node->is_null   = is_plain && (length == 0 || strcmp(text_0, "~") == 0 || strcmp(text_0, "null") == 0);
  return attach(reader, node);
}

static Status open_container(Reader *reader, NodeType type, struct fy_token *token) {
  const Place at = place_of(reader, token);
  if (reader->depth == DEEPEST) return tree_fail(at, "nested deeper than %d", DEEPEST);
  Params *node        = tree_node(type, at);
  const Status status = attach(reader, node);
  if (status != STATUS_OK) return status;
  reader->key[reader->depth]    = NULL;
  reader->open[reader->depth++] = node;
  return STATUS_OK;
}

static bool is_after(Place a, Place b) { return a.line != b.line ? a.line > b.line : a.column > b.column; }

static int by_key(const void *a, const void *b) {
  const Params *one = *(Params *const *)a, *other = *(Params *const *)b;
  const int order = strcmp(one->key, other->key);
  return order != 0 ? order : is_after(one->key_at, other->key_at) ? 1 : -1;
}

static Status close_container(Reader *reader) {
  Params *node = reader->open[--reader->depth];
  if (node->type == NODE_LIST || node->n < 2) return STATUS_OK;
  Params **sorted = memory_array(node->n, sizeof *sorted);
  memcpy(sorted, node->children, node->n * sizeof *sorted);
  qsort(sorted, node->n, sizeof *sorted, by_key);
  const Params *first = NULL, *again = NULL;
  for (size_t k = 1; k < node->n; k++) {
    if (strcmp(sorted[k - 1]->key, sorted[k]->key) != 0) continue;
    if (again != NULL && !is_after(again->key_at, sorted[k]->key_at)) continue;
    first = sorted[k - 1];
    again = sorted[k];
  }
  memory_free(sorted);
  if (again == NULL) return STATUS_OK;
  return tree_fail(again->key_at, "duplicate key '%s' (first on line %d)", again->key, first->key_at.line + 1);
}

static Status refuse_extras(const Reader *reader, struct fy_token *anchor, struct fy_token *tag) {
  if (anchor != NULL) return tree_fail(place_of(reader, anchor), "anchors (&name) are not supported; write the value out");
  if (tag != NULL) return tree_fail(place_of(reader, tag), "tags (!name) are not supported");
  return STATUS_OK;
}

static Status take_event(Reader *reader, struct fy_event *event) {
  if (++reader->n_nodes > MOST_NODES) return tree_fail(place_of(reader, fy_event_get_token(event)), "more than %d values", MOST_NODES);
  switch (event->type) {
    case FYET_DOCUMENT_START:
      if (reader->had_document)
        return tree_fail(place_of(reader, event->document_start.document_start), "a second document; the input is one document");
      reader->had_document = true;
      return STATUS_OK;
    case FYET_ALIAS:
      return tree_fail(place_of(reader, event->alias.anchor), "aliases (*name) are not supported; write the value out");
    case FYET_SCALAR:
      TRY(refuse_extras(reader, event->scalar.anchor, event->scalar.tag));
      return add_scalar(reader, event->scalar.value);
    case FYET_SEQUENCE_START:
      TRY(refuse_extras(reader, event->sequence_start.anchor, event->sequence_start.tag));
      return open_container(reader, NODE_LIST, event->sequence_start.sequence_start);
    case FYET_MAPPING_START:
      TRY(refuse_extras(reader, event->mapping_start.anchor, event->mapping_start.tag));
      return open_container(reader, NODE_MAPPING, event->mapping_start.mapping_start);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
      return close_container(reader);
    default:
      return STATUS_OK;
  }
}

/** Whether only blanks follow: libfyaml has read to the end before it complained. */
static bool is_at_end(Place at) {
  const char *text = at.source->text;
  for (int line = at.line; line > 0 && *text != '\0'; text++) line -= *text == '\n';
  if (at.line > 0 || strchr(text, '\n') != NULL) return text[strspn(text, " \t\r\n")] == '\0';
  return at.column >= (int)strlen(text);
}

/** What libfyaml complained of, at its place; if that is the end of the text, at the bracket that was not closed. */
static Status tell_syntax(const Reader *reader, struct fy_diag *diagnostics) {
  void *iterator                    = NULL;
  const struct fy_diag_error *error = fy_diag_errors_iterate(diagnostics, &iterator);
  if (error == NULL || error->msg == NULL) return tree_fail((Place){reader->source, 0, 0, 1}, "this is not YAML");
  Place at = {reader->source, error->line - 1, error->column - 1, 1};
  for (int k = reader->depth - 1; k >= 0 && is_at_end(at); k--)
    if (reader->open[k]->at.length > 0) /* a block begins with nothing, a bracket is a character */
      return tree_fail(reader->open[k]->at, "this bracket is not closed (%s)", error->msg);
  return tree_fail(at, "%s", error->msg);
}

static Status read_events(Reader *reader, struct fy_parser *parser, struct fy_diag *diagnostics) {
  struct fy_event *event;
  while ((event = fy_parser_parse(parser)) != NULL) {
    const Status status = take_event(reader, event);
    fy_parser_event_free(parser, event);
    if (status != STATUS_OK) return status;
  }
  return fy_parser_get_stream_error(parser) ? tell_syntax(reader, diagnostics) : STATUS_OK;
}

/** Bytes of the UTF-8 character at `text`; 0 if it is none, or a control character. */
static int character_length(const unsigned char *text) {
  const unsigned char c = text[0];
  if (c < 0x80) return (c >= 0x20 && c != 0x7F) || c == '\t' || c == '\n' || c == '\r';
  const int length = c >= 0xF0 && c <= 0xF4 ? 4 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xC2 && c < 0xE0 ? 2 : 0;
  for (int k = 1; k < length; k++)
    if ((text[k] & 0xC0) != 0x80) return 0;
  if ((c == 0xE0 && text[1] < 0xA0) || (c == 0xED && text[1] > 0x9F) || (c == 0xF0 && text[1] < 0x90) || (c == 0xF4 && text[1] > 0x8F))
    return 0;
  return length;
}

static Status check_characters(const Source *source) {
  Place at                     = {source, 0, 0, 1};
  const unsigned char *at_byte = (const unsigned char *)source->text;
  while (*at_byte != '\0') {
    const int length = character_length(at_byte);
    if (length == 0) return tree_fail(at, "byte 0x%02X is not text in UTF-8", *at_byte);
    const bool ends_line = *at_byte == '\n' || (*at_byte == '\r' && at_byte[1] != '\n');
    at.line += ends_line;
    at.column = ends_line ? 0 : at.column + 1;
    at_byte += length;
  }
  return STATUS_OK;
}

Status tree_parse(const Source *source, size_t start, Params **node) {
  *node               = NULL;
  const size_t length = strlen(source->text);
  if (length > LARGEST_TEXT) return fail_at(STATUS_INPUT, "%s: error: larger than %d MB", source->name, LARGEST_TEXT >> 20);
  TRY(check_characters(source));
  char *text = memory_string(source->text);
  memset(text, ' ', start);
  Reader reader                = {.source = source};
  struct fy_diag_cfg telling   = {.level = FYET_ERROR, .module_mask = ~0u};
  struct fy_diag *diagnostics  = fy_diag_create(&telling);
  struct fy_parse_cfg settings = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diagnostics};
  struct fy_parser *parser     = fy_parser_create(&settings);
  require(diagnostics != NULL && parser != NULL, "libfyaml");
  fy_diag_set_collect_errors(diagnostics, true);
  require(fy_parser_set_string(parser, text, length) == 0, "libfyaml");
  const Status status = read_events(&reader, parser, diagnostics);
  fy_parser_destroy(parser);
  fy_diag_destroy(diagnostics);
  memory_free(text);
  for (int k = 0; k < reader.depth; k++) tree_end(reader.key[k]);
  if (status == STATUS_OK)
    *node = reader.result;
  else
    tree_end(reader.result);
  return status;
}
