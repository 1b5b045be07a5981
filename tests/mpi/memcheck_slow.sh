#!/usr/bin/env bash
# A short chain on one and two ranks under valgrind: no error outside MPI itself. AVX2 kernels, since valgrind knows no AVX-512.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > input.yaml <<'YAML'
model: ipl3d
create: {particles: 1200}
run:
  thermo_every: 10
  stages: [{name: a, temperature: 1.5, steps: 60, save: {spacing: log_blocks, block_time: 0.1, per_decade: 4}}]
analyze: [{pass: self_motion}]
YAML
failed=0
for ranks in 1 2; do
  "${MPIRUN:-mpirun}" -n $ranks valgrind -q --error-exitcode=9 --leak-check=no --log-file=memcheck.%p.log \
    --suppressions=/usr/share/openmpi/openmpi-valgrind.supp --suppressions="$TEKTITE_SOURCE/tests/data/valgrind.supp" \
    "$TEKTITE" chain input.yaml --out out$ranks --simd v3 --quiet 2>messages || { failed=1; cat messages; }
done
cat memcheck.*.log
cmp <(h5dump -d /particles/trajectory/position/value out1/run.h5md | tail -n +2) <(h5dump -d /particles/trajectory/position/value out2/run.h5md | tail -n +2) || failed=1
echo "2 checks, $failed failed"
exit $failed
