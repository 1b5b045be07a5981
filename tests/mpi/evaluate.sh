#!/usr/bin/env bash
# `evaluate` prints the same JSON, to the last digit, on 1, 2, 3, 4, 8 ranks, and stores the same forces.
. "$(dirname "${BASH_SOURCE[0]}")/lib_digests.sh"

# forces FILE: a hash over what is stored per particle.
forces() {
  /usr/bin/python3 -c '
import h5py, hashlib, sys
group = h5py.File(sys.argv[1], "r")["particles/trajectory"]
hashes = hashlib.sha256()
names = []
group.visit(names.append)
for name in sorted(names):
    if isinstance(group[name], h5py.Dataset):
        hashes.update(name.encode() + group[name][()].tobytes())
print(hashes.hexdigest())' "$1"
}

for model in "ipl2d 1500 1.5" "ipl3d 1500 2.0" "stillinger_weber 1500 0.15" "kob_andersen 2000 1.0" "sticky_spheres 1500 1.0" "mblj 1500 1.0" "wahnstrom 2000 1.0"; do
  read -r name particles temperature <<<"$model"
  cat >input.yaml <<END
model: $name
seed: 3
create: {particles: $particles}
run:
  stages: [{name: hot, temperature: $temperature, coupling_time: 0.5, steps: 200, save: {spacing: linear, every: 1}}]
END
  "$TEKTITE" chain input.yaml --out "$name" --quiet || failed "$name: chain"
  for ranks in 1 2 3 4 8; do
    $MPIRUN -n $ranks "$TEKTITE" evaluate input.yaml evaluate.from="$name/run.h5md" --out "$name-$ranks" --json >"$name-$ranks.json" 2>text || failed "$name on $ranks ranks: $(cat text)"
    checks=$((checks + 1))
    cmp "$name-1.json" "$name-$ranks.json" || failed "$name on $ranks ranks: $(cat "$name-$ranks.json") instead of $(cat "$name-1.json")"
    checks=$((checks + 1))
    [ "$(forces "$name-1/evaluate.h5md")" = "$(forces "$name-$ranks/evaluate.h5md")" ] || failed "$name on $ranks ranks: stored forces differ"
  done
  # the start of the file, too: another frame gives another energy
  "$TEKTITE" evaluate input.yaml evaluate.from="$name/run.h5md" evaluate.frame=0 --out "$name-first" --json >"$name-first.json" 2>text || failed "$name, first frame: $(cat text)"
  checks=$((checks + 1))
  ! cmp -s "$name-1.json" "$name-first.json" || failed "$name: first and last frame have the same energy"
  echo "$name: $(cat "$name-1.json")"
done
finish
