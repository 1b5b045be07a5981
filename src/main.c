/** The program: start, read the command line, share the input, pick a stage, end.
 *
 *  MPI starts first, so that only one process (the voice) prints help and mistakes while all return the same exit code. Every rank
 *  parses the same command line and the same input text, so user errors are equal everywhere and nobody waits for a rank that has
 *  left. The exit code is the Status of the worst rank; 1 is kept for bugs, memory and MPI (fatal). */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/signals.h"
#include "base/timer.h"
#include "comm/ranks.h"
#include "comm/reduce.h"
#include "kernels/simd.h"
#include "stages/input.h"
#include "stages/stage.h"
#include "storage/provenance.h"

enum { MAX_ARGUMENTS = 256, MAX_INPUT_BYTES = 16 << 20 };
enum {
  OPTION_REPLICAS = 256,
  OPTION_DOMAINS,
  OPTION_OUT,
  OPTION_RESUME,
  OPTION_RESTART,
  OPTION_WALLTIME,
  OPTION_JSON,
  OPTION_SIMD,
  OPTION_USAGE
};

/** What the command line said, while it is being read. */
typedef struct CommandLine {
  Command command;
  const char *words[MAX_ARGUMENTS]; /* verb and what follows it, without options */
  int n_words;
  int next;        /* argv[next] comes after what was understood */
  double walltime; /* s; 0: none */
  bool resume, help, usage, version;
  Status status;
} CommandLine;

static const struct argp_option options[] = {
    {"replicas", OPTION_REPLICAS, "R", 0, "Independent replicas, run side by side (default: as the input says)", 1},
    {"domains", OPTION_DOMAINS, "XxYxZ", 0,
     "Domains of each replica (quench: of each frame) along x, y, z, one rank each (default: chosen; quench: 1x1x1)", 1},
    {"simd", OPTION_SIMD, "PATH", 0, "Instruction set: v4, v3, v1 or auto (default)", 1},
    {"out", OPTION_OUT, "DIR", 0, "Directory of all output (default: the input's name without ending)", 2},
    {"resume", OPTION_RESUME, NULL, 0, "Go on where the last run stopped; this is the default", 2},
    {"restart-from-scratch", OPTION_RESTART, NULL, 0, "Begin anew; old files are moved aside, never deleted", 2},
    {"max-walltime", OPTION_WALLTIME, "TIME", 0, "Checkpoint and stop after that: HH:MM:SS, 600, 10m, 2h", 2},
    {"json", OPTION_JSON, NULL, 0, "One JSON object with the summary on standard output, nothing else there", 3},
    {"quiet", 'q', NULL, 0, "No progress and no tables on standard output", 3},
    {"help", 'h', NULL, 0, "This help, or with a verb the help of the verb", 4},
    {"usage", OPTION_USAGE, NULL, 0, "All options in short", 4},
    {"version", 'V', NULL, 0, "Version, git revision, compiler, libraries, instruction set", 4},
    {0}};

/* ---- values of options ----------------------------------------------------------------------------------------------------- */

/** Whole number at the start of *text, moved behind it; false if there is none or it is outside [1, INT_MAX]. */
static bool take_integer(const char **text, int *value) {
  char *end         = NULL;
  errno             = 0;
  const long number = strtol(*text, &end, 10);
  if (**text < '0' || **text > '9' || errno != 0 || number < 1 || number > INT_MAX) return false;
  *value = (int)number;
  *text  = end;
  return true;
}

static Status read_replicas(const char *text, int *replicas) {
  const char *rest = text;
  if (take_integer(&rest, replicas) && *rest == '\0') return STATUS_OK;
  return fail(STATUS_INPUT, "--replicas %s: a whole number from 1 on is expected", text);
}

static Status read_domains(const char *text, int domains[3]) {
  const char *rest = text;
  int grid[3]      = {1, 1, 1};
  int axis         = 0;
  while (axis < 3 && take_integer(&rest, &grid[axis])) {
    axis++;
    if (*rest != 'x' && *rest != 'X') break;
    if (axis < 3) rest++;
  }
  const double cells = (double)grid[0] * grid[1] * grid[2];
  if (axis < 2 || *rest != '\0' || (rest > text && (rest[-1] == 'x' || rest[-1] == 'X'))) {
    return fail(STATUS_INPUT, "--domains %s: whole numbers from 1 on are expected, such as 2x2x1", text);
  }
  if (cells > INT_MAX) return fail(STATUS_INPUT, "--domains %s: too many domains", text);
  memcpy(domains, grid, sizeof grid);
  return STATUS_OK;
}

/** 11:50:00, 50:00, 600, 600s, 10m, 2h, 1d. */
static Status read_walltime(const char *text, double *seconds) {
  double parts[3] = {0};
  int n           = 0;
  char *end       = NULL;
  for (const char *rest = text; n < 3; rest = end + 1) {
    if (*rest < '0' || *rest > '9') break;
    parts[n++] = strtod(rest, &end);
    if (*end != ':') break;
  }
  double scale = 1;
  if (n == 1 && *end != '\0' && end[1] == '\0') {
    const char *units = "smhd", *unit = strchr(units, *end);
    const double scales[] = {1, 60, 3600, 86400};
    if (unit != NULL) scale = scales[unit - units], end++;
  }
  if (n == 0 || *end != '\0' || (n > 1 && parts[n - 1] >= 60) || (n > 2 && parts[1] >= 60)) {
    return fail(STATUS_INPUT, "--max-walltime %s: a time is expected, such as 11:50:00, 600, 10m or 2h", text);
  }
  *seconds = 0;
  for (int k = 0; k < n; k++) *seconds = *seconds * 60 + parts[k] * scale;
  if (*seconds > 0 && *seconds < 1e9) return STATUS_OK;
  return fail(STATUS_INPUT, "--max-walltime %s: must be more than 0 s and less than 1e9 s", text);
}

/* ---- the command line ------------------------------------------------------------------------------------------------------ */

static Status take_word(CommandLine *line, const char *word) {
  if (line->n_words == MAX_ARGUMENTS) return fail(STATUS_INPUT, "more than %d arguments on the command line", MAX_ARGUMENTS);
  line->words[line->n_words++] = word;
  return STATUS_OK;
}

static error_t take_option(int key, char *value, struct argp_state *state) {
  CommandLine *line = state->input;
  Command *command  = &line->command;
  Status status     = STATUS_OK;
  if (key != ARGP_KEY_ERROR && key != ARGP_KEY_FINI && state->next > line->next) line->next = state->next;
  switch (key) {
    case OPTION_REPLICAS:
      status = read_replicas(value, &command->replicas);
      break;
    case OPTION_DOMAINS:
      status = read_domains(value, command->domains);
      break;
    case OPTION_OUT:
      command->out = value;
      if (*value == '\0') status = fail(STATUS_INPUT, "--out: the directory has no name");
      break;
    case OPTION_RESUME:
      line->resume = true;
      break;
    case OPTION_RESTART:
      command->restart_from_scratch = true;
      break;
    case OPTION_WALLTIME:
      status = read_walltime(value, &line->walltime);
      break;
    case OPTION_JSON:
      command->json = true;
      break;
    case OPTION_SIMD:
      command->simd = value;
      break;
    case OPTION_USAGE:
      line->usage = true;
      break;
    case 'q':
      command->quiet = true;
      break;
    case 'h':
      line->help = true;
      break;
    case 'V':
      line->version = true;
      break;
    case ARGP_KEY_ARG:
      status = take_word(line, value);
      break;
    default:
      return ARGP_ERR_UNKNOWN;
  }
  if (status == STATUS_OK) return 0;
  line->status = status;
  return EINVAL;
}

static const struct argp parser = {.options = options, .parser = take_option, .args_doc = "VERB INPUT.yaml [section.key=value ...]"};

/** An override: letters, digits and . _ [ ] before the first '='. */
static bool is_override(const char *word) {
  const size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.[]-");
  return length > 0 && word[length] == '=';
}

static Status unknown_verb(const char *word) {
  const char *names[64] = {"help"};
  for (size_t k = 0; stage_list[k] != NULL && k < 62; k++) names[k + 1] = stage_list[k]->name;
  const char *nearest = params_nearest(word, names);
  if (nearest != NULL) return fail(STATUS_INPUT, "unknown verb '%s'; did you mean '%s'?", word, nearest);
  if (strstr(word, ".yaml") != NULL || strstr(word, ".yml") != NULL) {
    return fail(STATUS_INPUT, "a verb must come before the input file: tektite run %s", word);
  }
  return fail(STATUS_INPUT, "unknown verb '%s'; `tektite --help` lists all verbs", word);
}

/** Sort the words behind the verb into input file and overrides, or leave them to a stage that reads files. */
static Status sort_words(CommandLine *line, const Stage *stage, int *n_overrides, const char **overrides) {
  *n_overrides = 0;
  if (stage->needs == STAGE_NOTHING && line->n_words > 1) {
    return fail(STATUS_INPUT, "%s takes no arguments, got '%s'", stage->name, line->words[1]);
  }
  if (stage->needs != STAGE_INPUT) {
    line->command.n_arguments = line->n_words - 1;
    line->command.arguments   = line->words + 1;
    return STATUS_OK;
  }
  for (int k = 1; k < line->n_words; k++) {
    const char *word = line->words[k];
    if (is_override(word)) {
      overrides[(*n_overrides)++] = word;
    } else if (line->command.input_file == NULL) {
      line->command.input_file = word;
    } else {
      return fail(STATUS_INPUT, "one input file is expected, got '%s' and '%s' (keys are set as section.key=value)",
                  line->command.input_file, word);
    }
  }
  if (line->command.input_file != NULL) return STATUS_OK;
  return fail(STATUS_INPUT, "%s needs an input file: tektite %s INPUT.yaml", stage->name, stage->name);
}

/** Output directory when none is given: the input's file name without folder and ending. Caller frees. */
static char *default_out(const char *input_file) {
  const char *slash = strrchr(input_file, '/');
  const char *name  = slash != NULL ? slash + 1 : input_file;
  const char *dot   = strrchr(name, '.');
  char *out         = memory_array(strlen(name) + 5, 1);
  if (dot != NULL && dot != name) {
    memcpy(out, name, (size_t)(dot - name));
  } else {
    sprintf(out, "%s.out", name); /* never the input file itself */
  }
  return out;
}

/* ---- help ------------------------------------------------------------------------------------------------------------------ */

static void print_help(FILE *out, const Stage *stage) {
  if (stage != NULL) {
    static const char *const words[] = {[STAGE_INPUT]   = "INPUT.yaml [section.key=value ...] [options]",
                                        [STAGE_FILES]   = "FILE ... [options]",
                                        [STAGE_NOTHING] = "[options]"};
    fprintf(out, "Usage: tektite %s %s\n\n%s\n", stage->name, words[stage->needs], stage->help);
  } else {
    fprintf(out, "tektite: molecular dynamics of glass formers, the same bits on any number of ranks\n\n");
    fprintf(out, "Usage: tektite VERB INPUT.yaml [section.key=value ...] [options]\n");
    fprintf(out, "       mpirun -n RANKS tektite VERB INPUT.yaml [section.key=value ...] [options]\n\nVerbs:\n");
    for (size_t k = 0; stage_list[k] != NULL; k++) fprintf(out, "  %-10s %s\n", stage_list[k]->name, stage_list[k]->help);
  }
  fprintf(out, "\nOptions:\n");
  fflush(out);
  argp_help(&parser, out, ARGP_HELP_LONG, (char[]){"tektite"});
  fprintf(out, "\nExit codes: 0 done or checkpointed, 1 bug, MPI or memory, 2 input error, 3 file error, 4 some replica lost.\n");
  if (stage == NULL)
    fprintf(out, "`tektite VERB --help` tells more about a verb, `tektite check INPUT.yaml` shows every key of an input.\n");
}

static void print_version(void) {
  const char *text = provenance_version();
  printf("%s%sSIMD: %s\n", text, *text != '\0' && text[strlen(text) - 1] == '\n' ? "" : "\n", simd_name());
}

/* ---- input, timers --------------------------------------------------------------------------------------------------------- */

/** The input file as text, by the voice only; caller frees. */
static Status read_input_file(const char *path, char **text) {
  struct stat about;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return fail(STATUS_INPUT, "cannot read the input file %s: %s", path, strerror(errno));
  Status status = STATUS_OK;
  if (fstat(fileno(file), &about) != 0) {
    status = fail(STATUS_INPUT, "cannot read the input file %s: %s", path, strerror(errno));
  } else if (S_ISDIR(about.st_mode)) {
    status = fail(STATUS_INPUT, "the input file %s is a directory", path);
  } else {
    char *buffer      = memory_array(MAX_INPUT_BYTES + 1, 1);
    const size_t size = fread(buffer, 1, MAX_INPUT_BYTES + 1, file);
    if (ferror(file)) {
      status = fail(STATUS_INPUT, "cannot read the input file %s: %s", path, strerror(errno));
    } else if (size > MAX_INPUT_BYTES) {
      status = fail(STATUS_INPUT, "the input file %s is larger than 16 MB; is it an input?", path);
    } else if (memchr(buffer, '\0', size) != NULL) {
      status = fail(STATUS_INPUT, "the input file %s is not a text file", path);
    } else {
      *text = memory_string(buffer);
    }
    memory_free(buffer);
  }
  fclose(file);
  return status;
}

/** Wall time per kind of work over all ranks. Collective: world. */
static void print_timers(const Ranks *ranks) {
  double low[N_TIMERS], sum[N_TIMERS], high[N_TIMERS];
  for (int t = 0; t < N_TIMERS; t++) low[t] = sum[t] = high[t] = timer_get((TimerName)t);
  reduce_min_doubles(ranks, low, N_TIMERS);
  reduce_sum_doubles(ranks, sum, N_TIMERS);
  reduce_max_doubles(ranks, high, N_TIMERS);
  if (!error_is_voice()) return;
  const int n_ranks  = ranks_world_size(ranks);
  const double total = sum[TIMER_TOTAL] > 0 ? sum[TIMER_TOTAL] : 1;
  printf("\nwall time / s on %d rank%s    min       mean        max   share\n", n_ranks, n_ranks == 1 ? " " : "s");
  for (int t = 0; t < N_TIMERS; t++) {
    printf("%-20s %10.3f %10.3f %10.3f %6.1f%%\n", timer_label((TimerName)t), low[t], sum[t] / n_ranks, high[t], 100 * sum[t] / total);
  }
}

/* ---- the way through ------------------------------------------------------------------------------------------------------- */

/** Read, share and bind the input if the stage wants one; run the stage. Collective: world. */
static Status run_stage(CommandLine *line, const Stage *stage, Ranks *ranks) {
  const char *overrides[MAX_ARGUMENTS];
  int n_overrides = 0;
  TRY(sort_words(line, stage, &n_overrides, overrides));
  if (stage->needs != STAGE_INPUT) return stage->run(&line->command, NULL, ranks);

  char *own = NULL, *out = NULL;
  Status status = error_is_voice() ? read_input_file(line->command.input_file, &own) : STATUS_OK;
  status        = ranks_agree(ranks, status);
  char *text    = ranks_share_text(ranks, own);
  memory_free(own);
  if (line->command.out == NULL) line->command.out = out = default_out(line->command.input_file);
  Params *root = NULL;
  if (status == STATUS_OK) status = input_read(text, line->command.input_file, n_overrides, overrides, &root);
  if (status == STATUS_OK) status = stage->run(&line->command, root, ranks);
  params_end(&root);
  memory_free(text);
  memory_free(out);
  return status;
}

/** Everything between the start and the end of MPI. */
static Status work(int argc, char **argv, Ranks *ranks) {
  CommandLine line     = {.command = {.simd = "auto"}, .next = 1};
  const unsigned flags = ARGP_NO_EXIT | ARGP_NO_HELP | ARGP_NO_ERRS | ARGP_IN_ORDER;
  const bool voice     = error_is_voice();
  if (argp_parse(&parser, argc, argv, flags, NULL, &line) != 0) {
    if (line.status != STATUS_OK) return line.status;
    return fail(STATUS_INPUT, "%s: unrecognized option, or its value is missing or not wanted; `tektite --help` lists all options",
                argv[line.next < argc ? line.next : argc - 1]);
  }
  if (line.n_words > 0 && strcmp(line.words[0], "help") == 0) {
    line.help = true;
    line.n_words--;
    memmove(line.words, line.words + 1, (size_t)line.n_words * sizeof line.words[0]);
  }
  const Stage *stage = line.n_words > 0 ? stage_find(line.words[0]) : NULL;
  if (line.n_words > 0 && stage == NULL) return unknown_verb(line.words[0]);
  if (line.help || line.usage) {
    if (voice && line.help) print_help(stdout, stage);
    if (voice && !line.help) argp_help(&parser, stdout, ARGP_HELP_USAGE, (char[]){"tektite"});
    return STATUS_OK;
  }
  TRY(simd_select(line.command.simd));
  line.command.simd = simd_name();
  if (line.version) {
    if (voice) print_version();
    return STATUS_OK;
  }
  if (stage == NULL) {
    if (voice) print_help(stderr, NULL);
    return STATUS_INPUT;
  }
  if (line.resume && line.command.restart_from_scratch) {
    return fail(STATUS_INPUT, "--resume and --restart-from-scratch exclude each other");
  }
  line.command.verb = stage->name;
  signals_set_walltime(line.walltime);
  const double start  = timer_now();
  const Status status = ranks_agree(ranks, run_stage(&line, stage, ranks));
  timer_add(TIMER_TOTAL, timer_now() - start);
  const bool is_run = strcmp(stage->name, "run") == 0 || strcmp(stage->name, "chain") == 0;
  if (is_run && status == STATUS_OK && !line.command.quiet && !line.command.json) print_timers(ranks);
  return status;
}

/** The verbs that know how to stop half-way; for the others signals keep their usual meaning. */
static bool is_long_lived(int argc, char **argv) {
  static const char *const verbs[] = {"run", "chain", "quench", "respond"};
  for (int k = 1; k < argc; k++)
    for (size_t v = 0; v < sizeof verbs / sizeof verbs[0]; v++)
      if (strcmp(argv[k], verbs[v]) == 0) return true;
  return false;
}

int main(int argc, char **argv) {
  if (is_long_lived(argc, argv)) signals_install(); /* before MPI starts: a signal meanwhile is not lost */
  Ranks *ranks = ranks_start(&argc, &argv);
  error_set_voice(ranks_world_rank(ranks) == 0);
  Status status = work(argc, argv, ranks);
  if ((fflush(stdout) != 0 || ferror(stdout)) && status == STATUS_OK) {
    status = fail(STATUS_FILE, "cannot write to standard output: %s", strerror(errno));
  }
  ranks_end(&ranks);
  if (status == STATUS_OK && memory_live() != 0) {
    warn("%ld arrays were not freed: a bug of tektite, though of no influence on results", memory_live());
#ifdef TEKTITE_DEBUG
    return 1;
#endif
  }
  return (int)status;
}
