#!/usr/bin/env bash
# Formats all C files (.clang-format), or with --check names those that are not formatted and fails.
set -euo pipefail
cd "$(dirname "$0")/.."
files() { find src include analysis tests -name '*.[ch]' -print0; }
if [ "${1:-}" != --check ]; then
  files | xargs -0 -r clang-format -i
elif ! files | xargs -0 -r clang-format --dry-run -Werror >/dev/null 2>&1; then
  echo "not formatted (scripts/format.sh does it):"
  files | xargs -0 -r clang-format --dry-run 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: warning.*/  \1/p' | sort -u
  exit 1
fi
