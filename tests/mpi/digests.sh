#!/usr/bin/env bash
# The same bits: the digest after 2,000 steps does not depend on the number of ranks, on the neighbour list's settings, on how often the
# run is looked at, on a restart elsewhere, on v3 or v4 instructions. Four replicas on two ranks equal four replicas on one.
. "$(dirname "${BASH_SOURCE[0]}")/lib_digests.sh"

input() {
  cat >input.yaml <<END
model: $1
seed: 11
create: {particles: $2}
run:
  stages: [{name: hot, temperature: $3, coupling_time: 0.5, steps: 2000}]
END
}

for model in "ipl2d 1500 1.5" "ipl3d 1500 2.0" "stillinger_weber 1500 0.15"; do
  # shellcheck disable=SC2086 # three words
  input $model
  begin "${model%% *}"
  for ranks in 2 3 4 8; do same "$ranks ranks" $ranks; done
  same "narrow skin, 1 rank" 1 run.list_skin=0.004 run.list_steps=3
  same "narrow skin, 4 ranks" 4 run.list_skin=0.004 run.list_steps=3
  same "wide skin, 1 rank" 1 run.list_skin=0.05 run.list_steps=30
  same "wide skin, 2 ranks" 2 run.list_skin=0.05 run.list_steps=30
  for ranks in 2 8; do same "every list compared with brute force, $ranks ranks" $ranks run.check_list=true; done
  same "looked at every 7 steps" 1 run.thermo_every=7
  same "frames stored, 2 ranks" 2 run.stages[0].save.spacing=log run.thermo_every=1000
  same "simd v3" 1 --simd v3
  if "$TEKTITE" list --simd v4 >/dev/null 2>&1; then same "simd v4" 1 --simd v4; else echo "skipped: no v4 instructions here"; fi
  interrupted "restarts on 8, 1, 3 ranks"
done

# All particles in one half of the box: domains become narrow there and wide elsewhere, wider than half the box, while the gas spreads.
awk 'BEGIN {
  print 1440
  print "Lattice=\"24 0 0 0 12.6 0 0 0 12.6\" Properties=species:S:1:pos:R:3 pbc=\"T T T\""
  for (i = 0; i < 10; i++) for (j = 0; j < 12; j++) for (k = 0; k < 12; k++)
    printf "%s %.3f %.3f %.3f\n", (i + j + k) % 2 ? "A" : "B", 0.5 + 1.05 * i, 0.5 + 1.05 * j, 0.5 + 1.05 * k
}' >uneven.xyz
input ipl3d 1440 2.0
start=uneven.xyz
begin "half empty"
for ranks in 2 3 4 5 8; do same "$ranks ranks" $ranks run.check_list=true; done
start=start/start.h5md

# So hot that the rounding grid is coarsened on the way: by the same steps on any number of ranks.
input kob_andersen 1500 300
sed -i '/^run:/a\  timestep: 0.0005' input.yaml
begin hot
checks=$((checks + 1))
/usr/bin/python3 -c 'import h5py; exit(not h5py.File("serial/checkpoint.h5")["checkpoint/md/quantum"][0] > -40)' || failed "the grid is to be coarsened"
for ranks in 2 4 8; do same "$ranks ranks" $ranks run.check_list=true; done

# So long a step that particles run into each other in the first one: told of at that step, on all ranks, whether or not anything follows.
stages=0
for steps in 1 2 "1 1"; do
  input kob_andersen 1500 300
  sed -i -e '/^run:/a\  timestep: 0.004' -e '/stages:/d' input.yaml
  echo "  stages:" >>input.yaml
  for n in $steps; do echo "  - {name: hot$((++stages)), temperature: 300, coupling_time: 0.5, steps: $n}" >>input.yaml; done
  for ranks in 1 2 4; do
    checks=$((checks + 1))
    play $ranks run_lost$ranks --restart-from-scratch
    code=$?
    [ $code = 4 ] && grep -q '"step": 0, "finished": false, "lost": true' run_lost$ranks.json ||
      failed "lost at once, stages of $steps steps, $ranks ranks: exit $code, $(cat run_lost$ranks.json run_lost$ranks.txt)"
  done
done

# Replicas.
input ipl3d 600 2.0
begin replicas run.replicas=4
for ranks in 1 2 4; do
  play $ranks run_replicas$ranks run.replicas=4 || failed "replicas on $ranks ranks: $(cat run_replicas$ranks.txt)"
  digests run_replicas$ranks 2 >replicas$ranks
  checks=$((checks + 1))
  cmp replicas1 replicas$ranks || failed "replicas on $ranks ranks have other digests than on one"
done
checks=$((checks + 1))
[ "$(sort -u replicas1 | wc -l)" = 4 ] || failed "four different replicas are expected: $(cat replicas1)"
checks=$((checks + 1))
[ "$(sed -n 1p replicas1)" = "$reference" ] || failed "the first replica is the run without replicas: $(cat replicas1)"
finish
