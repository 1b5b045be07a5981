/* What the log says of scalars: values with errors, and why a number is missing. */
#include "../../src/stages/summary.h"

#include "../check.h"
#include "base/log.h"
#include "capture.h"

int main(void) {
  const Column columns[] = {{"time", "1", "", ""}};
  Table *table           = table_create("self_motion/curves_A", "", 1, columns);
  table_scalar(table, "tau_alpha", NAN, "1", "");
  table_scalar(table, "tau_alpha_error", NAN, "1", "");
  table_scalar(table, "diffusion", 0.5, "1", "");
  table_scalar(table, "diffusion_error", 0.01, "1", "");
  table_scalar(table, "temperature", NAN, "eps/kB", "");
  capture_start();
  log_open(NULL, false, true, true);
  summary_log("title", (const Table *const *)&table, 1);
  log_close();
  const char *told = capture_end();
  CHECK(strncmp(told, "title\n", 6) == 0);
  CHECK(strstr(told, "tau_alpha         not reached") != NULL);
  CHECK(strstr(told, "diffusion         0.5 +- 0.01") != NULL);
  CHECK(strstr(told, "temperature       unknown                 eps/kB") != NULL);
  CHECK(strstr(told, "_error") == NULL);
  table_destroy(&table);
  return check_report();
}
