#!/usr/bin/env bash
# The same bits for every model, and for what digests.sh leaves out: nve, a thermostat chain, ramps, 12 ranks.
. "$(dirname "${BASH_SOURCE[0]}")/lib_digests.sh"

# input MODEL PARTICLES STAGES
input() {
  cat >input.yaml <<END
model: $1
seed: 12
create: {particles: $2}
run:
  thermo_every: 50
  stages:
$3
END
}
nvt="    - {name: hot, temperature: 1.5, coupling_time: 0.5, steps: 2000}"
nve="$nvt
    - {name: free, ensemble: nve, steps: 1500, save: {spacing: log_blocks, block_time: 1, per_decade: 4}}"
chain="    - {name: hot, temperature: 1.5, coupling_time: 0.5, chain_length: 3, steps: 2000}"
ramp="    - {name: melt, temperature: 2, coupling_time: 0.5, steps: 500}
    - {name: cool, temperature: {from: 2, to: 0.8}, coupling_time: 0.5, steps: 1000}
    - {name: again, temperature: 0.8, coupling_time: 0.5, velocities: thermal, timestep: 0.002, steps: 700}"

all() {
  for ranks in 2 3 4 8 12; do same "$ranks ranks" $ranks; done
  same "narrow skin, 4 ranks" 4 run.list_skin=0.004 run.list_steps=3
  same "wide skin, 2 ranks" 2 run.list_skin=0.05 run.list_steps=30
  same "looked at every 7 steps" 3 run.thermo_every=7
  same "simd v3" 1 --simd v3
  interrupted "restarts on 8, 1, 3 ranks"
}

for model in mblj sticky_spheres wahnstrom kob_andersen; do
  input $model 3000 "$nvt"
  begin "$model"
  all
done
for model in ipl3d stillinger_weber kob_andersen ipl2d; do
  [ $model = ipl2d ] && n=1500 || n=3000
  for what in nve chain ramp; do
    stages=${!what}
    [ $model = stillinger_weber ] && stages=$(sed 's/temperature: [0-9.][0-9.]*/temperature: 0.1/; s/from: 2, to: 0.8/from: 0.1, to: 0.05/; s/block_time: 1/block_time: 20/' <<<"$stages")
    input $model $n "$stages"
    begin "$model, $what"
    all
  done
done
finish
