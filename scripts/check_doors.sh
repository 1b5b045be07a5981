#!/usr/bin/env bash
# Each foreign library has one door: fails when its header is included elsewhere. Also: the program ends in few places only.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0

# door PATTERN ALLOWED: lines of code matching PATTERN may stand only in files whose path matches ALLOWED.
door() {
  local found
  found=$(grep -rnE --include='*.[ch]' "$1" src include analysis | grep -vE "^($2)" |
    grep -vE '^[^:]+:[0-9]+:[[:space:]]*(//|/?\*)' || true) # comments may mention anything
  if [ -n "$found" ]; then
    echo "$found"
    echo "  ^ only in $2"
    bad=1
  fi
}
include() { door "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$1" "$2"; }

include 'mpi\.h' 'src/comm/'
include '(hdf5|hdf5_hl|H5[A-Za-z]+)\.h' 'src/storage/'
include 'libfyaml\.h' 'src/base/'
include 'gsl/' 'src/math/'
include 'fftw3' 'src/math/'
include '(cholmod|suitesparse|cblas|lapacke|arpack)' 'src/math/'
include '(cvode|nvector|sundials|sunlinsol|sunmatrix|sunnonlinsol)' 'src/descent/'
include '([a-z]*mmintrin|x86intrin)\.h' 'include/kernels/|src/kernels/'
include 'assert\.h' 'src/base/error\.c'
door '(^|[^A-Za-z0-9_])(abort|exit|_exit|_Exit)[[:space:]]*\(' 'src/base/(error|signals)\.c|src/main\.c'
[ $bad = 0 ] && echo "all doors shut"
exit $bad
