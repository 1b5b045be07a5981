/** `explain FILE`: the story of a file, walked up from parent to parent to the first input.
 *
 *  A parent is looked for where it was, and then beside its child (directories are moved as a whole). Its digest tells whether it is
 *  still what the child was made of; a trajectory that has grown since differs, and the reader is told. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "json_text.h"
#include "stages/stage.h"
#include "storage/files.h"
#include "storage/provenance.h"

enum { MAX_GENERATIONS = 32 }; /* a loop of parents would be a bug or a prank */

typedef enum ParentState { PARENT_SAME, PARENT_CHANGED, PARENT_MISSING, PARENT_UNREADABLE } ParentState;
static const char *const parent_words[] = {"unchanged", "CHANGED since: its digest differs", "MISSING", "UNREADABLE"};
static const char *const parent_keys[]  = {"unchanged", "changed", "missing", "unreadable"};

/** Where a parent lies now: as recorded, or beside the child. Caller frees. */
static char *find_parent(const char *child, const char *path) {
  const char *slash = strrchr(child, '/');
  if (files_exist(path) || slash == NULL) return memory_string(path);
  const char *last    = strrchr(path, '/');
  const char *name    = last != NULL ? last + 1 : path;
  const size_t folder = (size_t)(slash - child) + 1;
  char *beside        = memory_array(folder + strlen(name) + 1, 1);
  memcpy(beside, child, folder);
  memcpy(beside + folder, name, strlen(name));
  if (files_exist(beside)) return beside;
  memory_free(beside);
  return memory_string(path);
}

static ParentState parent_state(const char *path, const char *digest) {
  uint64_t now = 0;
  char text[17];
  if (!files_exist(path)) return PARENT_MISSING;
  if (provenance_file_digest(path, &now) != STATUS_OK) return PARENT_UNREADABLE;
  snprintf(text, sizeof text, "%016" PRIx64, now);
  return digest != NULL && strcmp(text, digest) == 0 ? PARENT_SAME : PARENT_CHANGED;
}

/** Whether a story can be in there: parents may also be foreign configurations (.xyz, .data). */
static bool may_have_story(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot != NULL && (strcmp(dot, ".h5") == 0 || strcmp(dot, ".h5md") == 0);
}

static const char *known(const char *text) { return text != NULL && *text != '\0' ? text : "unknown"; }

/** Lines of a text, each indented. */
static void print_indented(int depth, const char *text) {
  while (text != NULL && *text != '\0') {
    const size_t length = strcspn(text, "\n");
    printf("%*s%.*s\n", 4 * depth, "", (int)length, text);
    text += length + (text[length] == '\n');
  }
}

static void print_facts(int depth, const Story *story) {
  const int in = 4 * depth + 2;
  printf("%*s%s, written by `%s`, model %s, %s\n", in, "", known(story->kind), known(story->stage),
         story->model != NULL && *story->model == 0 ? "none" : known(story->model), story->complete ? "complete" : "not marked complete");
  printf("%*swritten  %s\n", in, "", known(story->created));
  printf("%*srevision %s\n", in, "", known(story->revision));
  printf("%*sbuild    ", in, "");
  for (const char *c = known(story->build); *c != '\0'; c++) { /* several lines become one */
    if (*c != '\n') {
      putchar(*c);
    } else if (c[1] != '\0') {
      fputs("; ", stdout);
    }
  }
  printf("\n%*sranks    %d, replica %d of %d, domains %s, SIMD path %s\n", in, "", story->ranks, story->replica, story->replicas,
         known(story->domains), known(story->simd));
  printf("%*sinput    %s (digest of its own sections %016" PRIx64 ")\n", in, "", known(story->input_file), story->input_digest);
}

static Status explain_text(const char *path, int depth) {
  Story story   = {0};
  Status status = story_read(path, &story);
  if (status != STATUS_OK) {
    story_clear(&story);
    return status;
  }
  print_facts(depth, &story);
  if (story.n_parents == 0) printf("%*sno parents: the story begins here, with this input:\n", 4 * depth + 2, "");
  if (story.n_parents == 0 || depth == 0) {
    if (depth == 0 && story.n_parents > 0) printf("%*sinput as used:\n", 4 * depth + 2, "");
    print_indented(depth + 1, story.input_text);
  }
  for (int k = 0; k < story.n_parents && status == STATUS_OK; k++) {
    char *parent            = find_parent(path, story.parents[k].path);
    const ParentState state = parent_state(parent, story.parents[k].digest);
    printf("%*sfrom %s  (%s)\n", 4 * depth + 2, "", parent, parent_words[state]);
    if (state <= PARENT_CHANGED && may_have_story(parent) && depth < MAX_GENERATIONS) {
      const Status above = explain_text(parent, depth + 1); /* told already; the other parents go on */
      if (above != STATUS_OK) printf("%*sit has no story to tell\n", 4 * depth + 6, "");
    }
    memory_free(parent);
  }
  story_clear(&story);
  return status;
}

static void json_item(const char *key, const char *text) {
  printf(", \"%s\": ", key);
  json_string(stdout, text);
}

static Status explain_json(const char *path, int depth) {
  Story story         = {0};
  const Status status = story_read(path, &story);
  if (status != STATUS_OK) {
    story_clear(&story);
    return status;
  }
  printf("\"kind\": ");
  json_string(stdout, story.kind);
  json_item("stage", story.stage);
  json_item("model", story.model);
  printf(", \"complete\": %s", story.complete ? "true" : "false");
  json_item("created", story.created);
  json_item("revision", story.revision);
  json_item("build", story.build);
  printf(", \"ranks\": %d, \"replica\": %d, \"replicas\": %d", story.ranks, story.replica, story.replicas);
  json_item("domains", story.domains);
  json_item("simd", story.simd);
  json_item("input_file", story.input_file);
  json_item("input_text", story.input_text);
  printf(", \"input_digest\": \"%016" PRIx64 "\", \"parents\": [", story.input_digest);
  for (int k = 0; k < story.n_parents; k++) {
    char *parent            = find_parent(path, story.parents[k].path);
    const ParentState state = parent_state(parent, story.parents[k].digest);
    printf("%s{\"path\": ", k == 0 ? "" : ", ");
    json_string(stdout, parent);
    printf(", \"state\": \"%s\"", parent_keys[state]);
    json_item("digest", story.parents[k].digest);
    if (state <= PARENT_CHANGED && may_have_story(parent) && depth < MAX_GENERATIONS) {
      printf(", ");
      if (explain_json(parent, depth + 1) != STATUS_OK) printf("\"kind\": null");
    }
    printf("}");
    memory_free(parent);
  }
  printf("]");
  story_clear(&story);
  return STATUS_OK;
}

static Status explain_run(const Command *command, Params *root, Ranks *ranks) {
  (void)root, (void)ranks;
  if (command->n_arguments != 1) return fail(STATUS_INPUT, "explain wants one file: tektite explain FILE");
  if (!error_is_voice()) return STATUS_OK;
  const char *path = command->arguments[0];
  if (!files_exist(path)) return fail(STATUS_FILE, "%s: no such file", path);
  if (!command->json) {
    printf("%s\n", path);
    return explain_text(path, 0);
  }
  Story probe   = {0}; /* nothing on standard output before we know that there is a story */
  Status status = story_read(path, &probe);
  story_clear(&probe);
  TRY(status);
  printf("{\"path\": ");
  json_string(stdout, path);
  printf(", ");
  status = explain_json(path, 0);
  printf("}\n");
  return status;
}

const Stage stage_explain = {"explain", "The story of a file: build, input, parents, back to the first input", STAGE_FILES, explain_run};
