#!/usr/bin/env bash
# The command line: what it accepts, what it refuses, exit codes and hints; under MPI one voice and the same code.
set -u
: "${TEKTITE:?the binary}"
MPIRUN=${MPIRUN:-mpirun}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0

# expect CODE TEXT ARGUMENTS...: exit code, and TEXT somewhere in the output (both streams).
expect() {
  local code=$1 text=$2 output got
  shift 2
  output=$("$TEKTITE" "$@" 2>&1 </dev/null)
  got=$?
  if [ "$got" != "$code" ] || [[ "$output" != *"$text"* ]]; then
    printf 'tektite %s\n  expected exit %s and "%s"\n  got exit %s and:\n%s\n' "$*" "$code" "$text" "$got" "$output"
    failures=$((failures + 1))
  fi
}

expect 0 "Usage: tektite VERB" --help
expect 0 "Usage: tektite run INPUT.yaml" run --help
expect 0 "SIMD: " --version
expect 0 "ipl3d" list
expect 2 "Usage: tektite VERB"
expect 2 "did you mean 'run'" rnu input.yaml
expect 2 "tektite run input.yaml" input.yaml
expect 2 "unrecognized option" run --frobnicate
expect 2 "needs an input file" run
expect 2 "No such file" run missing.yaml
expect 2 "is a directory" run .
head -c 17000000 /dev/zero | tr '\0' '#' >large.yaml
expect 2 "larger than 16 MB" check large.yaml
printf 'seed: 1\0\n' >binary.yaml
expect 2 "not a text file" check binary.yaml
expect 2 "one input file" run a.yaml b.yaml
expect 2 "takes no arguments" list x
for grid in 2x 2 0x1x1 -1x1x1 2x2x2x2 axb 99999999999x1x1 2x2x2y; do expect 2 "--domains" run missing.yaml --domains=$grid; done
for time in 5x 0 -5 1:2:3:4 10:75:00 10ms; do expect 2 "--max-walltime" run missing.yaml --max-walltime=$time; done
for time in 5 10m 2h 600s 50:00 11:50:00; do expect 2 "No such file" run missing.yaml --max-walltime=$time; done
expect 2 "--replicas" run missing.yaml --replicas 0
expect 2 "simd" list --simd v9
expect 2 "exclude each other" run missing.yaml --resume --restart-from-scratch
expect 3 "no such directory" status missing
mkdir empty
expect 3 "step 0" status empty
expect 3 "no such file" explain missing.h5
expect 2 "must end in .xyz" export a.h5md b.foo
expect 2 "frame=K" export a.h5md b.xyz frame=last
"$TEKTITE" list --json | /usr/bin/python3 -c 'import json, sys; assert json.load(sys.stdin)["models"]' || failures=$((failures + 1))
if [ -w /dev/full ]; then
  "$TEKTITE" list >/dev/full 2>/dev/null
  [ $? = 3 ] || { echo "a full disk behind standard output must give exit 3"; failures=$((failures + 1)); }
fi

# Two ranks: the mistake is told once, and both end with 2.
output=$($MPIRUN -n 2 "$TEKTITE" run missing.yaml 2>&1)
code=$?
told=$(grep -c "No such file" <<<"$output")
if [ $code != 2 ] || [ "$told" != 1 ]; then
  printf 'two ranks: exit %s, told %s times:\n%s\n' $code "$told" "$output"
  failures=$((failures + 1))
fi

[ $failures = 0 ] && echo "command line: all as expected"
exit $((failures > 0))
