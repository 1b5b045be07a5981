/** The input: what it accepts and gives back, and the exact words for what it refuses. */
#include "base/params.h"

#include <math.h>
#include <stdlib.h>

#include "../check.h"
#include "base/error.h"
#include "base/memory.h"
#include "capture.h"

static const char *const ensembles[]       = {"nve", "nvt", "npt", NULL};
static const char *const counts[]          = {"model", "all", NULL};
static const ParamSpec temperature_specs[] = {
    {"from", PARAM_DOUBLE, NULL, "eps/kB", 0, INFINITY, true, .help = "start"},
    {"to", PARAM_DOUBLE, "", "eps/kB", 0, INFINITY, true, .help = "end"},
    {0},
};
static const ParamSchema temperature_schema = {"temperature", "bath", "from", temperature_specs};
static const ParamSpec stage_specs[]        = {
           {"name", PARAM_STRING, NULL, .help = "name"},
           {"ensemble", PARAM_CHOICE, "nvt", .choices = ensembles, .help = "ensemble"},
           {"temperature", PARAM_SECTION, NULL, .sub = &temperature_schema, .help = "bath"},
           {"time", PARAM_DOUBLE, "100", "tau", 0, INFINITY, true, .help = "length"},
           {0},
};
static const ParamSchema stage_schema = {"stage", "one stage", NULL, stage_specs};
static const ParamSpec dipole_specs[] = {
    {"pairs", PARAM_INTEGER, "3", .choices = counts, .help = "pairs"}, {"strain", PARAM_DOUBLE, "0.5", .help = "strain"}, {0}};
static const ParamSchema dipole_schema = {"dipole", "dipoles", NULL, dipole_specs};
static const ParamSpec run_specs[]     = {
        {"replicas", PARAM_INTEGER, "1", "1", 1, 1e6, .help = "replicas"},
        {"timestep", PARAM_DOUBLE, NULL, "tau", 0, 1, true, .help = "time step"},
        {"checkpoint_every", PARAM_DURATION, "600s", .help = "wall time"},
        {"q", PARAM_DOUBLES, "model", "1/sigma", 0, INFINITY, true, counts, .help = "wave numbers"},
        {"frames", PARAM_INTEGER, "all", "1", 1, INFINITY, .choices = counts, .help = "frames"},
        {"save", PARAM_BOOLEAN, "true", .help = "save"},
        {"limit", PARAM_DOUBLE, "", "tau", .help = "limit"},
        {"empty", PARAM_DOUBLES, "[]", "1", .help = "may be empty"},
        {"dipole", PARAM_SECTION, "{pairs: all}", .sub = &dipole_schema, .help = "dipoles"},
        {"stages", PARAM_LIST, "[]", .sub = &stage_schema, .help = "stages"},
        {0},
};
static const ParamSchema run_schema  = {"run", "dynamics", NULL, run_specs};
static const ParamSpec input_specs[] = {
    {"model", PARAM_OPEN, NULL, .help = "model"},
    {"seed", PARAM_INTEGER, "1", .help = "seed"},
    {"run", PARAM_SECTION, "", .sub = &run_schema, .help = "dynamics"},
    {"analyze", PARAM_LIST, "[]", .help = "passes"},
    {0},
};
static const ParamSchema input_schema = {"input", "the whole input", NULL, input_specs};
static const ParamSpec name_specs[]   = {{"name", PARAM_STRING, NULL, .help = "name"}, {0}};
static const ParamSchema name_schema  = {"model", "model", "name", name_specs};
static const ParamSpec own_specs[]    = {{"lambda", PARAM_DOUBLE, "18.75", "eps", .help = "three bodies"}, {0}};
static const ParamSchema own_schema   = {"stillinger_weber", "model", NULL, own_specs};

#define MODEL "model: ipl3d\n"
#define RUN MODEL "run:\n  timestep: 0.005\n"
#define STAGES RUN "  stages:\n    - {name: a, temperature: 1}\n    - {name: b, temperature: 2}\n"

/** Parsed and bound; NULL if refused. */
static Params *read_input(const char *text, int n, const char *const *overrides) {
  Params *root;
  if (params_parse(text, "input.yaml", n, overrides, &root) != STATUS_OK) return NULL;
  if (params_bind(root, &input_schema) == STATUS_OK) return root;
  params_end(&root);
  return NULL;
}

static Params *read_with(const char *text, const char *override) { return read_input(text, override != NULL, &override); }

static void test_values(void) {
  Params *root = read_with(
      "model: {name: x}\nseed: 1e6\nrun:\n  timestep: 5.e-3\n  checkpoint_every: 1:02:03\n  q: [1, 2.5, 1e-3]\n  frames: 12\n"
      "  save: false\n  stages:\n    - {name: '1 \"two\"', ensemble: npt, temperature: 2, time: 50}\n"
      "    - name: b\n      temperature: {from: 2.0, to: 0.6}\n",
      NULL);
  Params *run = params_section(root, "run"), *stage = params_item(run, "stages", 0);
  int n;
  CHECK_EQUAL_INT(params_integer(root, "seed"), 1000000);
  CHECK_CLOSE(params_double(run, "timestep"), 0.005, 0);
  CHECK_CLOSE(params_duration(run, "checkpoint_every"), 3723, 0);
  const double *q = params_doubles(run, "q", &n);
  CHECK_EQUAL_INT(n, 3);
  CHECK_CLOSE(q[1], 2.5, 0);
  CHECK_CLOSE(q[2], 0.001, 0);
  CHECK(!params_is_word(run, "q"));
  CHECK_EQUAL_INT(params_integer(run, "frames"), 12);
  CHECK(!params_boolean(run, "save"));
  CHECK_EQUAL_INT(params_count(run, "stages"), 2);
  CHECK_TEXT(params_string(stage, "name"), "1 \"two\"");
  CHECK_TEXT(params_string(stage, "ensemble"), "npt");
  CHECK_EQUAL_INT(params_choice(stage, "ensemble"), 2);
  CHECK_CLOSE(params_double(params_section(stage, "temperature"), "from"), 2, 0);
  CHECK(!params_has(params_section(stage, "temperature"), "to"));
  CHECK_CLOSE(params_double(params_section(params_item(run, "stages", 1), "temperature"), "to"), 0.6, 0);
  params_end(&root);
  CHECK(root == NULL);
}

static void test_defaults(void) {
  Params *root = read_with(RUN "  stages:\n", NULL);
  Params *run  = params_section(root, "run");
  int n;
  CHECK_EQUAL_INT(params_integer(root, "seed"), 1);
  CHECK(params_has(run, "replicas") && !params_given(run, "replicas") && params_given(run, "timestep"));
  CHECK_CLOSE(params_duration(run, "checkpoint_every"), 600, 0);
  CHECK(params_is_word(run, "q") && params_is_word(run, "frames"));
  CHECK_TEXT(params_string(run, "frames"), "all");
  CHECK_EQUAL_INT(params_choice(run, "q"), 0);
  CHECK(params_boolean(run, "save"));
  CHECK(!params_has(run, "limit"));
  CHECK(params_doubles(run, "empty", &n) != NULL);
  CHECK_EQUAL_INT(n, 0);
  CHECK_TEXT(params_string(params_section(run, "dipole"), "pairs"), "all");
  CHECK_CLOSE(params_double(params_section(run, "dipole"), "strain"), 0.5, 0);
  CHECK_EQUAL_INT(params_count(run, "stages"), 0);
  CHECK_EQUAL_INT(params_count(root, "analyze"), 0);
  params_end(&root);
  root = read_with(MODEL, NULL);
  CHECK(params_section(root, "run") == NULL);
  params_end(&root);
}

static void test_numbers(void) {
  static const struct {
    const char *text;
    int64_t value;
  } numbers[] = {{"-7", -7},
                 {"+3", 3},
                 {"1e18", 1000000000000000000},
                 {"9223372036854775807", INT64_MAX},
                 {"1.50e1", 15},
                 {"100e-2", 1},
                 {"0e999", 0},
                 {"00012", 12},
                 {"12345678901234567", 12345678901234567},
                 {"2.0000", 2},
                 {".5e1", 5}};
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
    char override[64];
    snprintf(override, sizeof override, "seed=%s", numbers[k].text);
    Params *root = read_with(MODEL, override);
    CHECK_EQUAL_INT(params_integer(root, "seed"), numbers[k].value);
    params_end(&root);
  }
  static const double exact[] = {0.1, 1.0 / 3, 1e22, 5e-324, 1.7976931348623157e308, 0x1.fffffffffffffp-3, 123456789.123456789};
  Params *root                = read_with(RUN, NULL);
  params_default_doubles(params_section(root, "run"), "empty", exact, 7, "test");
  char *text   = params_text(root);
  Params *same = read_with(text, NULL);
  int n;
  CHECK(same != NULL && memcmp(params_doubles(params_section(same, "run"), "empty", &n), exact, sizeof exact) == 0);
  memory_free(text);
  params_end(&same);
  params_end(&root);
}

static void test_overrides(void) {
  const char *const overrides[] = {"run.stages[1].temperature.to=0.5",
                                   "run.stages[0].temperature={from: 3, to: 1}",
                                   "run.q=[1,2]",
                                   "run.timestep=0.001",
                                   "run.timestep=0.002",
                                   "run.dipole.strain=2",
                                   "run.stages[0].name=a b = c"};
  Params *root                  = read_input(STAGES, 7, overrides);
  Params *run = params_section(root, "run"), *stage = params_item(run, "stages", 0);
  int n;
  CHECK_CLOSE(params_double(params_section(params_item(run, "stages", 1), "temperature"), "from"), 2, 0);
  CHECK_CLOSE(params_double(params_section(params_item(run, "stages", 1), "temperature"), "to"), 0.5, 0);
  CHECK_CLOSE(params_double(params_section(stage, "temperature"), "to"), 1, 0);
  CHECK_TEXT(params_string(stage, "name"), "a b = c");
  CHECK_CLOSE(params_double(run, "timestep"), 0.002, 0);
  CHECK(params_doubles(run, "q", &n) != NULL && n == 2);
  CHECK_CLOSE(params_double(params_section(run, "dipole"), "strain"), 2, 0);
  CHECK_TEXT(params_string(params_section(run, "dipole"), "pairs"), "all"); /* the rest of the default {pairs: all} stays */
  params_end(&root);
  root = read_with(MODEL, "run.timestep=0.1"); /* creates the section */
  CHECK(params_given(root, "run"));
  params_end(&root);
}

/** The schema of an open section is chosen by what it holds; a scalar may stand for it, also with overrides beside it. */
static void test_open(void) {
  static const char *const texts[] = {"model: stillinger_weber\n", "model: {name: stillinger_weber}\n", "model: other\n",
                                      "model:\n  lambda: 1\n  name: stillinger_weber\n"};
  static const char *const news[] = {"model.lambda=21", "model.lambda=21", "model={name: stillinger_weber, lambda: 21}", "model.lambda=21"};
  for (int k = 0; k < 4; k++) {
    Params *root  = read_with(texts[k], news[k]);
    Params *model = params_section(root, "model");
    CHECK_TEXT(params_peek(model, "name"), "stillinger_weber");
    CHECK(params_bind_both(model, &name_schema, &own_schema) == STATUS_OK);
    CHECK_TEXT(params_string(model, "name"), "stillinger_weber");
    CHECK_CLOSE(params_double(model, "lambda"), 21, 0);
    char *text = params_key_text(root, "model");
    CHECK_TEXT(text, "model:\n  name: stillinger_weber\n  lambda: 21\n");
    memory_free(text);
    params_end(&root);
  }
  Params *root = read_with("model: ipl3d\nanalyze: [{pass: a, q: [1]}, xpcs]\n", "model.name=mblj");
  CHECK_TEXT(params_peek(params_section(root, "model"), "name"), "mblj");
  CHECK(params_bind(params_section(root, "model"), &name_schema) == STATUS_OK);
  CHECK_TEXT(params_string(params_section(root, "model"), "name"), "mblj");
  CHECK_EQUAL_INT(params_count(root, "analyze"), 2);
  CHECK_TEXT(params_peek(params_item(root, "analyze", 0), "pass"), "a");
  CHECK_TEXT(params_peek(params_item(root, "analyze", 1), "pass"), "xpcs");
  CHECK(params_peek(params_item(root, "analyze", 0), "q") == NULL);
  params_end(&root);
}

static void test_program_defaults(void) {
  Params *root = read_with(RUN "  replicas: 3\n", NULL), *run = params_section(root, "run");
  params_default_double(run, "replicas", 7, "model ipl3d");
  params_default_double(run, "limit", 0.1, "model ipl3d");
  params_default_double(run, "frames", 5, "model ipl3d");
  params_default_doubles(run, "q", (double[]){1, 2}, 2, "model ipl3d");
  int n;
  CHECK_EQUAL_INT(params_integer(run, "replicas"), 3);
  CHECK_CLOSE(params_double(run, "limit"), 0.1, 0);
  CHECK(!params_given(run, "limit") && !params_is_word(run, "frames"));
  CHECK_EQUAL_INT(params_integer(run, "frames"), 5);
  CHECK(params_doubles(run, "q", &n)[1] == 2 && n == 2);
  params_end(&root);
}

static void test_print(void) {
  Params *root = read_with(STAGES "analyze:\n  - {pass: 'a: b', shells: [{q: 7.1}, [1, ~]]}\n  - structure\n", "seed=2");
  char *text   = params_text(root);
  CHECK_TEXT(text,
             "model: ipl3d\nseed: 2\nrun:\n  replicas: 1\n  timestep: 0.005\n  checkpoint_every: 600s\n  q: model\n  frames: all\n"
             "  save: true\n  empty: []\n  dipole:\n    pairs: all\n    strain: 0.5\n  stages:\n    - name: a\n      ensemble: nvt\n"
             "      temperature:\n        from: 1\n      time: 100\n    - name: b\n      ensemble: nvt\n      temperature:\n"
             "        from: 2\n      time: 100\nanalyze:\n  - pass: \"a: b\"\n    shells:\n      - q: 7.1\n      - - 1\n        - ~\n"
             "  - structure\n");
  Params *same = read_with(text, NULL);
  char *again  = params_text(same);
  CHECK_TEXT(again, text);
  CHECK(params_key_text(root, "nothing") == NULL);
  memory_free(again);
  memory_free(text);
  params_end(&same);
  FILE *out = tmpfile();
  char line[512];
  params_print(root, out, true);
  rewind(out);
  const char *const expected[] = {"model: ipl3d                            # input.yaml:1; model\n",
                                  "seed: 2                                 # command line; seed\n",
                                  "run:                                    # input.yaml:2; dynamics\n",
                                  "  replicas: 1                           # 1; default; replicas\n",
                                  "  timestep: 0.005                       # tau; input.yaml:3; time step\n"};
  for (int k = 0; k < 5; k++) CHECK_TEXT(fgets(line, sizeof line, out), expected[k]);
  fclose(out);
  params_end(&root);
}

static void test_semantic(void) {
  Params *root = read_with(RUN "  limit: 3\n", NULL), *run = params_section(root, "run");
  capture_start();
  CHECK(params_fail(run, "limit", "must be below %d", 2) == STATUS_INPUT);
  CHECK(params_fail(run, "replicas", "must be even") == STATUS_INPUT);
  CHECK(params_fail(params_section(run, "dipole"), NULL, "no") == STATUS_INPUT);
  CHECK(params_fail(params_section(root, "model"), "name", "unknown model") == STATUS_INPUT);
  CHECK_TEXT(capture_end(),
             "input.yaml:4:10: error: run.limit: must be below 2\n  limit: 3\n         ^\n"
             "input.yaml:2:1: error: run.replicas: must be even\nrun:\n^~~\n"
             "input.yaml:2:1: error: run.dipole: no\nrun:\n^~~\n"
             "input.yaml:1:8: error: model: unknown model\nmodel: ipl3d\n       ^~~~~\n");
  capture_start();
  error_set_voice(false);
  CHECK(params_fail(run, "limit", "silent") == STATUS_INPUT);
  error_set_voice(true);
  CHECK_TEXT(capture_end(), "");
  params_end(&root);
}

static void test_nearest(void) {
  static const char *const words[] = {"temperature", "timestep", "time", "q", "nvt", NULL};
  CHECK_TEXT(params_nearest("temprature", words), "temperature");
  CHECK_TEXT(params_nearest("tiem", words), "time");
  CHECK_TEXT(params_nearest("nve", words), "nvt");
  CHECK(params_nearest("x", words) == NULL);
  CHECK(params_nearest("pressure", words) == NULL);
  CHECK(params_nearest("", words) == NULL);
}

static const struct {
  const char *text, *override, *message;
} wrong[] = {
    {"", NULL, "input.yaml:1:1: error: the input is empty; it needs sections of key: value\n"},
    {"# nothing\n", NULL, "input.yaml:1:1: error: the input is empty; it needs sections of key: value\n# nothing\n^\n"},
    {"- 1\n- 2\n", NULL, "input.yaml:1:1: error: expected sections of key: value, got a list\n- 1\n^\n"},
    {"just words\n", NULL, "input.yaml:1:1: error: expected sections of key: value, got 'just words'\njust words\n^~~~~~~~~~\n"},
    {RUN "  temprature: 0.5\n", NULL,
     "input.yaml:4:3: error: unknown key 'temprature' in run; valid keys: replicas, timestep, checkpoint_every, q, frames, save, limit, "
     "empty, dipole, stages\n  temprature: 0.5\n  ^~~~~~~~~~\n"},
    {RUN "  zzz: 0.5\n", NULL,
     "input.yaml:4:3: error: unknown key 'zzz' in run; valid keys: replicas, timestep, checkpoint_every, q, frames, save, limit, empty, "
     "dipole, stages\n  zzz: 0.5\n  ^~~\n"},
    {MODEL "rn: {}\n", NULL,
     "input.yaml:2:1: error: unknown key 'rn' (did you mean 'run'?); valid keys: model, seed, run, analyze\nrn: {}\n^~\n"},
    {MODEL "run:\n  timestep: fast\n", NULL,
     "input.yaml:3:13: error: run.timestep: expected a number, got 'fast'\n  timestep: fast\n            ^~~~\n"},
    {MODEL "run: {timestep: 1e6abc}\n", NULL,
     "input.yaml:2:17: error: run.timestep: expected a number, got '1e6abc'\nrun: {timestep: 1e6abc}\n                ^~~~~~\n"},
    {MODEL "run: {timestep: nan}\n", NULL,
     "input.yaml:2:17: error: run.timestep: expected a number, got 'nan'\nrun: {timestep: nan}\n                ^~~\n"},
    {MODEL "run: {timestep: .inf}\n", NULL,
     "input.yaml:2:17: error: run.timestep: expected a number, got '.inf'\nrun: {timestep: .inf}\n                ^~~~\n"},
    {MODEL "run: {timestep: 0x10}\n", NULL,
     "input.yaml:2:17: error: run.timestep: expected a number, got '0x10'\nrun: {timestep: 0x10}\n                ^~~~\n"},
    {MODEL "run: {timestep: 1e999}\n", NULL,
     "input.yaml:2:17: error: run.timestep: expected a number between 1e-308 and 1e308, got '1e999'\nrun: {timestep: 1e999}\n              "
     "  ^~~~~\n"},
    {MODEL "run: {timestep: \"0.1\"}\n", NULL,
     "input.yaml:2:18: error: run.timestep: expected a number, got \"0.1\" in quotes\nrun: {timestep: \"0.1\"}\n                 ^~~\n"},
    {MODEL "run: {timestep: [0.1]}\n", NULL,
     "input.yaml:2:17: error: run.timestep: expected a number, got a list\nrun: {timestep: [0.1]}\n                ^\n"},
    {MODEL "run: {timestep: {a: 1}}\n", NULL,
     "input.yaml:2:17: error: run.timestep: expected a number, got a mapping\nrun: {timestep: {a: 1}}\n                ^\n"},
    {MODEL "run:\n  timestep:\n", NULL,
     "input.yaml:3:12: error: run.timestep: expected a number, got nothing\n  timestep:\n           ^\n"},
    {MODEL "run: {timestep: 0}\n", NULL,
     "input.yaml:2:17: error: run.timestep: 0 is out of range (allowed: > 0 and <= 1)\nrun: {timestep: 0}\n                ^\n"},
    {MODEL "run: {timestep: 1.5}\n", NULL,
     "input.yaml:2:17: error: run.timestep: 1.5 is out of range (allowed: > 0 and <= 1)\nrun: {timestep: 1.5}\n                ^~~\n"},
    {MODEL "run: {replicas: 0, timestep: 1}\n", NULL,
     "input.yaml:2:17: error: run.replicas: 0 is out of range (allowed: >= 1 and <= 1000000)\nrun: {replicas: 0, timestep: 1}\n            "
     "    ^\n"},
    {MODEL "run: {replicas: 2.5, timestep: 1}\n", NULL,
     "input.yaml:2:17: error: run.replicas: expected an integer, got '2.5'\nrun: {replicas: 2.5, timestep: 1}\n                ^~~\n"},
    {MODEL "seed: 99999999999999999999\n", NULL,
     "input.yaml:2:7: error: seed: expected an integer of 64 bits, got '99999999999999999999'\nseed: 99999999999999999999\n      "
     "^~~~~~~~~~~~~~~~~~~~\n"},
    {MODEL "seed: 1e19\n", NULL, "input.yaml:2:7: error: seed: expected an integer of 64 bits, got '1e19'\nseed: 1e19\n      ^~~~\n"},
    {MODEL "seed: 1.5e-1\n", NULL, "input.yaml:2:7: error: seed: expected an integer, got '1.5e-1'\nseed: 1.5e-1\n      ^~~~~~\n"},
    {MODEL "seed: 1 2\n", NULL, "input.yaml:2:7: error: seed: expected an integer, got '1 2'\nseed: 1 2\n      ^~~\n"},
    {RUN "  save: yes\n", NULL, "input.yaml:4:9: error: run.save: expected true or false, got 'yes'\n  save: yes\n        ^~~\n"},
    {RUN "  checkpoint_every: 10 minutes\n", NULL,
     "input.yaml:4:21: error: run.checkpoint_every: expected a duration (600, 600s, 10m, 2h, 11:50:00), got '10 minutes'\n  "
     "checkpoint_every: 10 minutes\n                    ^~~~~~~~~~\n"},
    {RUN "  checkpoint_every: -5\n", NULL,
     "input.yaml:4:21: error: run.checkpoint_every: expected a duration (600, 600s, 10m, 2h, 11:50:00), got '-5'\n  checkpoint_every: -5\n "
     "                   ^~\n"},
    {RUN "  checkpoint_every: 11:61:00\n", NULL,
     "input.yaml:4:21: error: run.checkpoint_every: expected a duration (600, 600s, 10m, 2h, 11:50:00), got '11:61:00'\n  "
     "checkpoint_every: 11:61:00\n                    ^~~~~~~~\n"},
    {RUN "  frames: modl\n", NULL,
     "input.yaml:4:11: error: run.frames: expected an integer or one of model, all, got 'modl' (did you mean 'model'?)\n  frames: modl\n   "
     "       ^~~~\n"},
    {RUN "  q: []\n", NULL, "input.yaml:4:6: error: run.q: expected at least one number, got an empty list\n  q: []\n     ^\n"},
    {RUN "  q: [1, model]\n", NULL, "input.yaml:4:10: error: run.q[1]: expected a number, got 'model'\n  q: [1, model]\n         ^~~~~\n"},
    {RUN "  q: [1, 0]\n", NULL, "input.yaml:4:10: error: run.q[1]: 0 is out of range (allowed: > 0)\n  q: [1, 0]\n         ^\n"},
    {RUN "  q: [1, [2]]\n", NULL, "input.yaml:4:10: error: run.q[1]: expected a number, got a list\n  q: [1, [2]]\n         ^\n"},
    {RUN "  stages:\n    - {name: a, ensemble: nvtt, temperature: 1}\n", NULL,
     "input.yaml:5:27: error: run.stages[0].ensemble: expected one of nve, nvt, npt, got 'nvtt' (did you mean 'nvt'?)\n    - {name: a, "
     "ensemble: nvtt, temperature: 1}\n                          ^~~~\n"},
    {RUN "  stages:\n    - {name: a, ensemble: nvt}\n", NULL,
     "input.yaml:5:7: error: missing key 'temperature' in run.stages[0]: a value or a mapping (key: value) (bath)\n    - {name: a, "
     "ensemble: nvt}\n      ^\n"},
    {RUN "  stages:\n    - {name: a, temperature: {to: 2}}\n", NULL,
     "input.yaml:5:17: error: missing key 'from' in run.stages[0].temperature: a number > 0, unit eps/kB (start)\n    - {name: a, "
     "temperature: {to: 2}}\n                ^~~~~~~~~~~\n"},
    {RUN "  stages: {name: a}\n", NULL,
     "input.yaml:4:11: error: run.stages: expected a list of mappings, got a mapping\n  stages: {name: a}\n          ^\n"},
    {RUN "  stages: [a]\n", NULL,
     "input.yaml:4:12: error: run.stages[0]: expected a mapping (key: value), got 'a'\n  stages: [a]\n           ^\n"},
    {RUN "  stages:\n    - {name: {a: b}, temperature: 1}\n", NULL,
     "input.yaml:5:14: error: run.stages[0].name: expected a text, got a mapping\n    - {name: {a: b}, temperature: 1}\n             ^\n"},
    {RUN "  stages: [{name: a, temperature: [1, 2]}]\n", NULL,
     "input.yaml:4:35: error: run.stages[0].temperature: expected a value or a mapping (key: value), got a list\n  stages: [{name: a, "
     "temperature: [1, 2]}]\n                                  ^\n"},
    {MODEL "run: {}\n", NULL,
     "input.yaml:2:1: error: missing key 'timestep' in run: a number > 0 and <= 1, unit tau (time step)\nrun: {}\n^~~\n"},
    {"seed: 1\n", NULL, "input.yaml:1:1: error: missing key 'model': a name or a mapping (key: value) (model)\nseed: 1\n^\n"},
    {"run: 5\nmodel: a\n", NULL, "input.yaml:1:6: error: run: expected a mapping (key: value), got '5'\nrun: 5\n     ^\n"},
    {"model: [a, b]\n", NULL,
     "input.yaml:1:8: error: model: expected a name or a mapping (key: value), got a list\nmodel: [a, b]\n       ^\n"},
    {MODEL "analyze: [[1]]\n", NULL,
     "input.yaml:2:11: error: analyze[0]: expected a name or a mapping (key: value), got a list\nanalyze: [[1]]\n          ^\n"},
    {MODEL "seed: 1\nrun:\n  timestep: 1\nseed: 2\n", NULL,
     "input.yaml:5:1: error: duplicate key 'seed' (first on line 2)\nseed: 2\n^~~~\n"},
    {MODEL "---\nseed: 2\n", NULL, "input.yaml:2:1: error: a second document; the input is one document\n---\n^~~\n"},
    {"model: &m ipl3d\n", NULL,
     "input.yaml:1:9: error: anchors (&name) are not supported; write the value out\nmodel: &m ipl3d\n        ^\n"},
    {"model: *m\n", NULL, "input.yaml:1:9: error: aliases (*name) are not supported; write the value out\nmodel: *m\n        ^\n"},
    {"model: !str ipl3d\n", NULL, "input.yaml:1:8: error: tags (!name) are not supported\nmodel: !str ipl3d\n       ^~~~\n"},
    {"? [a, b]\n: c\n", NULL, "input.yaml:1:3: error: a key must be a word\n? [a, b]\n  ^\n"},
    {": a\n", NULL, "input.yaml:1:1: error: a key must be a word\n: a\n^\n"},
    {MODEL "run: [1, 2\nseed: 1\n", NULL,
     "input.yaml:2:6: error: this bracket is not closed (flow sequence without a closing bracket)\nrun: [1, 2\n     ^\n"},
    {MODEL "run: {timestep: 1\n", NULL,
     "input.yaml:2:6: error: this bracket is not closed (missing comma in flow mapping)\nrun: {timestep: 1\n     ^\n"},
    {MODEL "seed: \"1\n", NULL, "input.yaml:2:8: error: double-quoted scalar without closing quote\nseed: \"1\n       ^\n"},
    {MODEL " seed: 1\n", NULL, "input.yaml:1:8: error: invalid multiline plain key\nmodel: ipl3d\n       ^\n"},
    {MODEL "seed:\t@1\n", NULL, "input.yaml:2:7: error: plain scalar cannot start with '@'\nseed:\t@1\n     \t^\n"},
    {"model: \344\n", NULL, "input.yaml:1:8: error: byte 0xE4 is not text in UTF-8\nmodel: \344\n       ^\n"},
    {"model: \"a\\0b\"\n", NULL, "input.yaml:1:9: error: a text must not hold a zero byte\nmodel: \"a\\0b\"\n        ^~~~\n"},
    {"gr\303\266\303\237e: 1\nmodel: a\n", NULL,
     "input.yaml:1:1: error: unknown key 'gr\303\266\303\237e'; valid keys: model, seed, run, analyze\ngr\303\266\303\237e: 1\n^~~~~\n"},
    {MODEL "seed: {\303\244: \"\303\266\303\274\", x: 1}\n", NULL,
     "input.yaml:2:7: error: seed: expected an integer, got a mapping\nseed: {\303\244: \"\303\266\303\274\", x: 1}\n      ^\n"},
    {MODEL "run:\r\n  timestep: x\r\n", NULL,
     "input.yaml:3:13: error: run.timestep: expected a number, got 'x'\n  timestep: x\n            ^\n"},
    {"model: a\nx\n", NULL, "input.yaml:2:1: error: invalid value after mapping\nx\n^\n"},
    {STAGES, "run.stages[5].time=1",
     "command line: error: there is no run.stages[5]: the input gives 2 items, counted from 0\nrun.stages[5].time=1\n           ^\n"},
    {STAGES, "run.stages.time=2",
     "command line: error: run.stages is a list of 2: say which item, as in run.stages[0].time\nrun.stages.time=2\n           ^~~~\n"},
    {STAGES, "run.stages[0].temprature=1",
     "command line: error: unknown key 'temprature' in run.stages[0] (did you mean 'temperature'?); valid keys: name, ensemble, "
     "temperature, time\nrun.stages[0].temprature=1\n              ^~~~~~~~~~\n"},
    {STAGES, "run.stags=3",
     "command line: error: unknown key 'stags' in run (did you mean 'stages'?); valid keys: replicas, timestep, checkpoint_every, q, "
     "frames, save, limit, empty, dipole, stages\nrun.stags=3\n    ^~~~~\n"},
    {STAGES, "rum.timestep=1",
     "command line: error: unknown key 'rum' (did you mean 'run'?); valid keys: model, seed, run, analyze\nrum.timestep=1\n^~~\n"},
    {STAGES, "model", "command line: error: expected section.key=value\nmodel\n^~~~~\n"},
    {STAGES, "a.=3", "command line: error: expected a key, as in run.stages[0].temperature=0.5\na.=3\n  ^\n"},
    {STAGES, "=3", "command line: error: expected a key, as in run.stages[0].temperature=0.5\n=3\n^\n"},
    {STAGES, "run..x=1", "command line: error: expected a key, as in run.stages[0].temperature=0.5\nrun..x=1\n    ^\n"},
    {STAGES, "run.stages[x].y=2", "command line: error: expected a number and ']', as in run.stages[0]\nrun.stages[x].y=2\n           ^\n"},
    {STAGES, "run.stages[0=2", "command line: error: expected a number and ']', as in run.stages[0]\nrun.stages[0=2\n           ^\n"},
    {STAGES, "run.stages[0]x=2", "command line: error: unexpected 'x' in the path of an override\nrun.stages[0]x=2\n             ^\n"},
    {STAGES, "run.timestep=", "command line: error: run.timestep: expected a number, got nothing\nrun.timestep=\n             ^\n"},
    {STAGES, "run.timestep={a: 1",
     "command line: error: this bracket is not closed (missing comma in flow mapping)\nrun.timestep={a: 1\n             ^\n"},
    {STAGES, "run.timestep=[",
     "command line: error: this bracket is not closed (flow sequence without a closing bracket)\nrun.timestep=[\n             ^\n"},
    {STAGES, "run.timestep=1 # c\n2", "command line: error: missing document start\n2\n^\n"},
    {STAGES, "seed[0]=1", "command line: error: there is no seed[0]: the input gives 0 items, counted from 0\nseed[0]=1\n     ^\n"},
    {STAGES, "seed.x=2", "command line: error: seed: expected an integer, got a mapping\nseed.x=2\n     ^\n"},
    {STAGES, "seed=1e6abc", "command line: error: seed: expected an integer, got '1e6abc'\nseed=1e6abc\n     ^~~~~~\n"},
    {STAGES, "run.timestep=0",
     "command line: error: run.timestep: 0 is out of range (allowed: > 0 and <= 1)\nrun.timestep=0\n             ^\n"},
    {STAGES, "run.q=[1,-2]", "command line: error: run.q[1]: -2 is out of range (allowed: > 0)\nrun.q=[1,-2]\n         ^~\n"},
    {STAGES, "run.stages[0]=5",
     "command line: error: run.stages[0]: expected a mapping (key: value), got '5'\nrun.stages[0]=5\n              ^\n"},
    {STAGES, "run.stages[1].temperature.to=x",
     "command line: error: run.stages[1].temperature.to: expected a number, got 'x'\nrun.stages[1].temperature.to=x\n                      "
     "       ^\n"},
    {STAGES, "run.timestep=!t 3", "command line: error: tags (!name) are not supported\nrun.timestep=!t 3\n             ^~\n"},
    {STAGES, "analyze[0].x=1",
     "command line: error: there is no analyze[0]: the input gives 0 items, counted from 0\nanalyze[0].x=1\n        ^\n"},
    {STAGES, "run.stages[99999999999999999999].x=1",
     "command line: error: there is no run.stages[99999999999999999999]: the input gives 2 items, counted from "
     "0\nrun.stages[99999999999999999999].x=1\n           ^~~~~~~~~~~~~~~~~~~~\n"},
    {STAGES, "ru n.x=1", "command line: error: unexpected ' ' in the path of an override\nru n.x=1\n  ^\n"},
    {MODEL, "run.replicas=2",
     "command line: error: missing key 'timestep' in run: a number > 0 and <= 1, unit tau (time step)\nrun.replicas=2\n^~~\n"},
    {MODEL "run:\n  stages: []\n", "run.stages[0].time=1",
     "command line: error: there is no run.stages[0]: the input gives 0 items, counted from 0\nrun.stages[0].time=1\n           ^\n"},
};

static void test_wrong(void) {
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    capture_start();
    Params *root        = read_with(wrong[k].text, wrong[k].override);
    const char *message = capture_end();
    CHECK(root == NULL);
    CHECK_TEXT(message, wrong[k].message);
    CHECK_EQUAL_INT(memory_live(), 0);
    params_end(&root);
  }
}

/** Too much of anything is refused, not suffered. */
static void test_enormous(void) {
  static const char *const starts[] = {"a: ", "", "a: [", "#", "- "};
  static const char *const fills[]  = {"[", "- ", "1,", "#", "[{a: "};
  static const char *const words[]  = {"nested deeper", "nested deeper", "more than 250000", "larger than 16 MB", "nested deeper"};
  static const size_t sizes[]       = {100000, 100000, 600000, (16 << 20) + 1, 100000};
  for (int k = 0; k < 5; k++) {
    char *text      = memory_array(sizes[k] + 16, 1);
    const size_t at = strlen(starts[k]), step = strlen(fills[k]);
    memcpy(text, starts[k], at);
    for (size_t c = 0; c < sizes[k]; c++) text[at + c] = fills[k][c % step];
    capture_start();
    Params *root = read_with(text, NULL);
    CHECK(root == NULL && strstr(capture_end(), words[k]) != NULL);
    memory_free(text);
  }
}

int main(void) {
  test_values();
  test_defaults();
  test_numbers();
  test_overrides();
  test_open();
  test_program_defaults();
  test_print();
  test_semantic();
  test_nearest();
  test_wrong();
  test_enormous();
  CHECK_EQUAL_INT(memory_live(), 0);
  return check_report();
}
