#!/usr/bin/python3
"""Liquids of all models against values that tektite has not made: energies, pressures and tau_alpha of an independent MD program
(tests/data/own_md.json) and of RUMD (Kob-Andersen, T = 2). Several minutes. Tolerances: the reference's own errors,
and for tau_alpha 5 % plus three times our error bar."""
import json
import os
import subprocess
import sys
import tempfile

TEKTITE = os.environ["TEKTITE"]
STATES = [  # model, N, temperature, melt, equilibration, production, block; U/N, its error, P, its error, tau_alpha per species
    ("ipl3d", 2000, 1.0, 2.0, 50, 400, 20, 7.4416, 0.004, 24.242, 0.03, (1.937, 4.008)),
    ("ipl3d", 2000, 0.7, 2.0, 200, 3000, 100, 6.8414, 0.004, 22.356, 0.03, (18.15, 36.83)),
    ("mblj", 2000, 1.0, 2.0, 50, 400, 20, -1.2554, 0.004, 16.062, 0.03, (2.608, 3.157)),
    ("sticky_spheres", 3000, 1.2, 2.5, 100, 1000, 60, -2.7675, 0.008, 9.468, 0.05, (4.954, 14.17)),
    ("stillinger_weber", 1000, 0.06, 0.15, 500, 3000, 50, -1.8366, 0.003, 0.041, 0.02, (3.289,)),
    ("kob_andersen", 2000, 1.0, 2.0, 50, 300, 20, -6.0100, 0.006, 9.909, 0.03, (2.633, 3.17)),
    # the time step shows at this temperature: U/N -4.642, -4.6505, -4.6528 for 0.005, 0.0025, 0.00125
    ("kob_andersen {timestep: 0.00125}", 4000, 2.0, 3.0, 20, 400, 20, -4.653947, 0.001, 19.3177, 0.006, None),
]


def chain(model, n, temperature, melt, rest, time, block, folder):
    coupling = 6.5 if model == "stillinger_weber" else 0.2
    path = os.path.join(folder, "liquid.yaml")
    model, _, extra = model.partition(" ")
    with open(path, "w") as file:
        file.write(f"""model: {model}
create: {{particles: {n}}}
run:
  thermo_every: 20
  {extra.strip("{}")}
  stages:
    - {{name: melt, temperature: {melt}, coupling_time: {coupling}, time: {rest / 4}}}
    - {{name: cool, temperature: {{from: {melt}, to: {temperature}}}, coupling_time: {coupling}, time: {rest / 2}}}
    - {{name: equil, temperature: {temperature}, coupling_time: {coupling}, time: {rest}}}
    - {{name: prod, temperature: {temperature}, coupling_time: {coupling}, time: {time}, save: {{spacing: log_blocks, block_time: {block}, per_decade: 10}}}}
analyze: [{{pass: self_motion, q: model}}]
""")
    out = subprocess.run([TEKTITE, "chain", path, "--out", os.path.join(folder, "out"), "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         check=True, text=True).stdout
    return json.loads(out)


def main():
    checks = failed = 0
    for model, n, temperature, melt, rest, time, block, energy, energy_error, pressure, pressure_error, tau in STATES:
        with tempfile.TemporaryDirectory() as folder:
            result = chain(model, n, temperature, melt, rest, time, block, folder)
        run, motion = result["run"], result["analyze"]["self_motion"]
        rows = [("U/N", run["energy_mean"], energy, 3 * energy_error), ("P", run["pressure_mean"], pressure, 3 * pressure_error),
                ("T", run["temperature_mean"], temperature, 0.004 * temperature)]
        for species, value in zip("AB", tau or ()):
            rows.append(("tau_" + species, motion["tau_alpha"][species], value, 0.05 * value + 3 * motion["tau_alpha_error"][species]))
        for name, ours, theirs, allowed in rows:
            good = ours is not None and abs(ours - theirs) <= allowed
            checks += 1
            failed += not good
            print(f"{'ok    ' if good else 'FAILED'} {model:17s} T {temperature:<5g} {name:6s} {ours:10.5f}   reference {theirs:10.5f}   allowed {allowed:.5f}", flush=True)
    print(f"{checks} checks, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
