"""The verb quench in groups of domains (--domains): the same bits, also when they begin what one rank ends; grids that do not fit."""
from pathlib import Path

from common import Checks, differences, finish, kill, run_until, scratch, start, tektite

INPUT = """
model: ipl3d
seed: 8
create: {particles: 250}
run:
  stages:
    - {name: melt, temperature: 2.0, coupling_time: 0.2, steps: 300}
    - {name: prod, temperature: 1.0, coupling_time: 0.2, steps: 200, save: {spacing: linear, every: 0.5}}
quench: {stage: prod}
"""
check = Checks()


def quench(out, *more, ranks=0):
    return tektite("quench", "input.yaml", "--out", out, "--json", *more, ranks=ranks)


def same(a, b, what):
    for name in ("inherent.h5md", "inherent.h5"):
        check(not differences(f"{a}/{name}", f"{b}/{name}"), what, name, differences(f"{a}/{name}", f"{b}/{name}"))
    check(Path(a, "inherent.txt").read_bytes() == Path(b, "inherent.txt").read_bytes(), what, "inherent.txt")


scratch()
Path("input.yaml").write_text(INPUT)
made = [tektite(verb, "input.yaml", "--out", "run", "--quiet") for verb in ("create", "run")]
check(all(result.code == 0 for result in made), *made)
few = ["quench.from=run/run.h5md", "quench.force_tolerance=0.01", "quench.compare=lbfgs"]
alone = quench("alone", *few)
result = quench("domains", *few, "--domains", "2x1x1", ranks=5)
check(result.code == 0 and alone.json()["energy_mean"] == result.json()["energy_mean"], "domains:", result)
check(result.err.count("1 of 5 ranks idle: 2 groups of 2x1x1 domains") == 1, "idle ranks", result.err)
same("alone", "domains", "domains")
halves = [*few[:2], "quench.bisect=2"]
results = quench("halves1", *halves), quench("halves2", *halves, "--domains", "1x2x1", ranks=2)
check(all(result.code == 0 for result in results), "bisection:", *results)
same("halves1", "halves2", "bisection in domains")
process = start("quench", "input.yaml", "--out", "begun", "--quiet", *few, "--domains", "1x2x1", ranks=2)
run_until(process, lambda: Path("begun/inherent.h5md").exists())
kill(process)
finish(process, 20)
result = quench("begun", *few)
check(result.code == 0 and result.json()["frames"] == 3, "begun in domains, ended on one rank:", result)
same("alone", "begun", "begun in domains, ended on one rank")
# from a random start particles go too far for narrow domains: the root of the group does the frame
far = ["create.particles=900", "quench.force_tolerance=1", "quench.from=start.xyz"]
made = tektite("create", "input.yaml", "--out", "start", "--quiet", far[0]), tektite("export", "start/start.h5md", "start.xyz")
results = quench("far1", *far), quench("far4", *far, "--domains", "4x1x1", ranks=4)
check(all(result.code == 0 for result in (*made, *results)), "too far:", *made, *results)
check("one rank quenched it alone" in results[1].err, "told:", results[1])
same("far1", "far4", "too far for the domains")
for grid, words in (("3x1x1", "largest grid for this box is 2x2x2"), ("2x2x1", "needs 4 ranks, there are 2")):
    result = quench("grid", *few, "--domains", grid, ranks=2)
    check(result.code == 2 and words in result.err and result.err.count("tektite: error") == 1, grid, result)
check.finish()
