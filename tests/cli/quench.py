"""The verb quench: the same bits on any number of ranks and after kills, replicas, one frame, foreign files, inherent structures while
running, transitions and bisection, what does not converge, wrong inputs."""
import random
import shutil
import signal
import time
from pathlib import Path

import h5py
import numpy
from common import Checks, differences, family, finish, kill, run_until, scratch, start, tektite

INPUT = """
model: ipl3d
seed: 8
create: {particles: 250}
run:
  checkpoint_every: 0.2s
  stages:
    - {name: melt, temperature: 2.0, coupling_time: 0.2, steps: 1000}
    - {name: cool, temperature: {from: 2.0, to: 1.0}, coupling_time: 0.2, steps: 1000, save: {spacing: linear, every: 1}}
    - {name: prod, temperature: 1.0, coupling_time: 0.2, steps: 400, save: {spacing: linear, every: 0.05}}
quench: {stage: prod}
analyze:
  - {pass: transitions}
"""
check = Checks()
generator = random.Random(3)


def quench(out, *more, ranks=0, json=True):
    return tektite("quench", "input.yaml", "--out", out, *(["--json"] if json else []), *more, ranks=ranks)


def rows(out, name="inherent"):
    with h5py.File(f"{out}/{name}.h5") as file:
        return {key: value[()] for key, value in file["frames"].items()}


def same(a, b, what):
    for name in ("inherent.h5md", "inherent.h5"):
        check(not differences(f"{a}/{name}", f"{b}/{name}"), what, name, differences(f"{a}/{name}", f"{b}/{name}"))
    check(Path(a, "inherent.txt").read_bytes() == Path(b, "inherent.txt").read_bytes(), what, "inherent.txt")


def check_numbers():
    """What quench says is what the table holds, and what evaluate finds in the file."""
    told = quench("run")
    if not check(told.code == 0, "quench:", told):
        check.finish()
    numbers, table = told.json(), rows("run")
    check(numbers["frames"] == numbers["converged"] == 41 == len(table["energy"]), "frames", numbers)
    check(abs(numbers["energy_mean"] - table["energy"].mean()) < 1e-12, "energy_mean", numbers)
    check(numbers["max_force_worst"] == table["max_force"].max() <= 1e-10, "max_force_worst", numbers)
    check(numbers["force_evaluations_mean"] == table["evaluations"].mean() > 100, "force_evaluations_mean")
    check(numbers["quenches_per_second"] > 0, "quenches_per_second")
    check((table["frame"] == numpy.arange(41)).all() and (numpy.diff(table["parent_frame"]) == 1).all(), "frame numbers")
    check((table["parent_temperature"] == 1.0).all() and (table["replica"] == 0).all(), "parent_temperature, replica")
    check(numpy.allclose(numpy.diff(table["time"]), 0.05) and (numpy.diff(table["step"]) == 10).all(), "time and step of the parents")
    for k in (0, 17, 40):
        found = tektite("evaluate", "input.yaml", "--out", "eval", "--json", "evaluate.from=run/inherent.h5md", f"evaluate.frame={k}").json()
        check(abs(found["energy"] / 250 - table["energy"][k]) < 1e-12, "energy of frame", k, found["energy"] / 250)
        check(abs(found["pressure"] - table["pressure"][k]) < 1e-10, "pressure of frame", k)
        check(found["max_force"] < 1.1e-10, "max_force of frame", k, found["max_force"])
    with h5py.File("run/inherent.h5md") as file:
        group = file["particles/trajectory"]
        energies = group["potential_energy/value"][()].sum(axis=1) / 250
        check(numpy.abs(energies - table["energy"]).max() < 1e-12, "potential_energy per particle")
    again = quench("run")
    check(again.code == 0 and again.json()["quenches_per_second"] is None, "again, nothing to do:", again)
    check({key: again.json()[key] for key in ("frames", "energy_mean")} == {key: numbers[key] for key in ("frames", "energy_mean")}, "again")
    check(not list(Path("run").glob("*.old-*")), "nothing moved aside")


def check_ranks():
    for ranks in (1, 2, 3):
        out = f"ranks{ranks}"
        result = quench(out, "quench.from=run/run.h5md", ranks=ranks)
        check(result.code == 0, f"{ranks} ranks:", result)
        same("whole", out, f"{ranks} ranks")
    if tektite("list", "--simd", "v4").code == 0:
        quench("v3", "quench.from=run/run.h5md", "--simd", "v3")
        same("whole", "v3", "simd v3")


def check_kills():
    done = 0
    for k in range(12):
        ranks = k % 3
        process = start("quench", "input.yaml", "--out", "killed", "quench.from=run/run.h5md", "--quiet", ranks=ranks)
        time.sleep(generator.uniform(0.1, 0.5))
        if process.poll() is None:
            kill(process)
            done += 1
        finish(process, 20)
        if Path("killed/inherent.txt").exists():
            shutil.rmtree("killed")
    result = quench("killed", "quench.from=run/run.h5md", ranks=2)
    check(result.code == 0 and done > 0, f"after {done} kills:", result)
    same("whole", "killed", f"{done} kills")
    # cut back by hand, in every way that a kill may leave
    for frames, table in ((7, 5), (5, 5), (0, 0), (41, 40)):
        with h5py.File("killed/inherent.h5md", "r+") as file:
            file["parameters/tektite"].attrs.modify("complete", 0)
            file["particles/trajectory/position/value"].resize(frames, axis=0)
        with h5py.File("killed/inherent.h5", "r+") as file:
            file["parameters/tektite"].attrs.modify("complete", 0)
            for item in file["frames"].values():
                item.resize(table, axis=0)
        result = quench("killed", "quench.from=run/run.h5md")
        check(result.code == 0 and result.json()["frames"] == 41, f"{frames} frames, {table} rows:", result)
        same("whole", "killed", f"{frames} frames, {table} rows")


def holds_frame(path):
    """Whether a file that is being written (and locked) is longer than the one without frames that a quench begins with."""
    return path.exists() and path.stat().st_size > Path("endless/inherent.h5md").stat().st_size + 3000


def check_stops():
    """SIGTERM, SIGUSR1 and SIGINT: exit 0, what is done is kept, chain does not begin the next stage, the same command goes on."""
    # in the middle of a descent that would go on for some 100,000 evaluations: it is given up
    endless = ["quench.from=run/run.h5md", "quench.frame=0", "quench.force_tolerance=1e-15", "quench.max_evaluations=100000000"]
    for ranks, domains in ((0, []), (2, ["--domains", "2x1x1"])):
        shutil.rmtree("endless", ignore_errors=True)
        process = start("quench", "input.yaml", "--out", "endless", "--json", *endless, *domains, ranks=ranks)
        check(run_until(process, Path("endless/inherent.h5md").exists), "it goes down")
        kill(process, signal.SIGTERM, family(process)[:-1] if ranks else [process.pid])
        result = finish(process, 20)
        check(result.code == 0 and not result.json()["finished"] and result.json()["frames"] == 0, "in the middle of a descent:", result)
        verdict = tektite("status", "endless")
        check(verdict.code == 3 and "quench unfinished" in verdict.out and rows("endless")["frame"].size == 0, "nothing is stored of it:", verdict)
    result = quench("endless", *endless, "--max-walltime", "0.1")
    check(result.code == 0 and not result.json()["finished"] and result.json()["frames"] == 0, "out of time:", result)
    check(tektite("status", "endless").code == 3, "before the first row")
    slow = ["quench.from=run/run.h5md", "quench.minimizer=steepest_descent"]
    whole = quench("slow", *slow)
    check(whole.code == 0 and tektite("status", "slow").code == 0, "steepest descent:", whole)
    verbs = {"quench": ["quench", "input.yaml"], "chain": ["chain", "nothing_else.yaml"]}
    Path("nothing_else.yaml").write_text(INPUT[:INPUT.index("create")] + INPUT[INPUT.index("quench: "):])
    for verb, number, ranks in (("quench", signal.SIGTERM, 0), ("quench", signal.SIGINT, 0), ("quench", signal.SIGUSR1, 2), ("chain", signal.SIGTERM, 0)):
        out = f"stop_{verb}_{number.name}"
        process = start(*verbs[verb], "--out", out, "--json", *slow, ranks=ranks)
        run_until(process, lambda: holds_frame(Path(out, "inherent.h5md")))
        kill(process, number, family(process)[:-1] if ranks else [process.pid])
        result = finish(process, 60)
        if not check(result.code == 0, verb, number.name, result):
            continue
        told = result.json() if verb == "quench" else result.json()["quench"]
        check(not told["finished"] and 0 < told["frames"] < 41, verb, "stopped halfway:", told)
        check("analyze" not in result.json(), "chain stops after quench:", result.out)
        if verb == "quench" and not ranks:
            refused = tektite("analyze", "nothing_else.yaml", "--out", out), tektite("respond", "nothing_else.yaml", "--out", out)
            check(all(r.code == 3 and r.err.count("unfinished quench") == 1 for r in refused), "nothing is made of half a quench:", *refused)
            named = tektite("respond", "nothing_else.yaml", f"respond.from={out}", "respond.dipole.pairs=none", "--out", f"{out}_named", "--json")
            check(named.code == 0 and named.err.count("unfinished quench") == 1 and named.json()["unfinished"] is True, "but if asked:", named)
        check(not Path(out, "analysis.h5").exists() and tektite("status", out).code == 3, verb, "is resumable")
        again = quench(out, *slow, ranks=ranks)
        check(again.code == 0 and again.json()["finished"], "again:", again)
        same("slow", out, f"{verb} stopped by {number.name}")


def check_chain_status():
    """A chain that ends between two verbs is seen by `status`; so is one that failed."""
    slow = "analyze=[{pass: transitions}, {pass: structure, q_high: 70}]"  # about a second: long enough to be killed in
    for word in ("quench", "analyze"):
        process = start("chain", "input.yaml", slow, "--out", "between", "--quiet")
        todo = Path("between/chain.todo")
        run_until(process, lambda: todo.exists() and todo.read_text().startswith(word))
        kill(process)
        finish(process, 20)
        verdict = tektite("status", "between", "--json")
        check(verdict.code == 3 and verdict.json()["unfinished"] == word, "a chain killed at", word, verdict)
    wrong = tektite("chain", "input.yaml", "--out", "between", "--quiet", "analyze.from=nothing.h5md")
    verdict = tektite("status", "between")
    check(wrong.code == 3 and verdict.code == 4 and "analyze failed" in verdict.out, "a chain that failed:", wrong, verdict)
    result = tektite("chain", "input.yaml", slow, "--out", "between", "--json")
    check(result.code == 0 and not todo.exists() and tektite("status", "between").code == 0, "a chain at its end:", result)


def check_sources():
    """One frame, every fifth, a ramp, other formats, replicas."""
    table = rows("whole")
    result = quench("one", "quench.from=run/run.h5md", "quench.frame=-1")
    check(result.code == 0 and result.json()["frames"] == 1, "one frame:", result)
    check(rows("one")["energy"][0] == table["energy"][-1], "energy of the last frame")
    quench("fifth", "quench.from=run", "quench.every=5")
    check((rows("fifth")["energy"] == table["energy"][::5]).all(), "every fifth frame")
    quench("ramp", "quench.from=run", "quench.stage=cool")
    ramp = rows("ramp")
    check(numpy.allclose(ramp["parent_temperature"], 2 - (ramp["step"] - 1000) / 1000, atol=1e-9), "temperatures of a ramp", ramp["parent_temperature"])
    for ending in ("xyz", "data"):
        tektite("export", "run/run.h5md", f"last.{ending}", "frame=-1")
        result = quench(ending, f"quench.from=last.{ending}")
        check(result.code == 0 and abs(rows(ending)["energy"][0] - table["energy"][-1]) < 1e-9, f".{ending}:", result)
        check(numpy.isnan(rows(ending)["parent_temperature"][0]), f".{ending}: temperature unknown")
    tektite("export", "run/run.h5md", "all.xyz", "frames=all")
    n = Path("all.xyz").read_text().count("Lattice")
    result = quench("all", "quench.from=all.xyz", "quench.every=2", ranks=2)
    check(result.code == 0 and n > 40 and (rows("all")["parent_frame"] == range(0, n, 2)).all(), "all frames of .xyz:", result)
    result = quench("all1", "quench.from=all.xyz", "quench.frame=-1")
    check(result.code == 0 and rows("all1")["parent_frame"] == [n - 1] and abs(rows("all1")["energy"][0] - table["energy"][-1]) < 1e-9, result)
    made = tektite("chain", "input.yaml", "--out", "two", "--replicas", "2", "--quiet", ranks=2)
    check(made.code == 0, "chain with replicas:", made)
    check(all(Path(f"two/r00{k}/inherent.h5md").exists() for k in (0, 1)), "files of replicas")
    check((rows("two/r000")["energy"] == table["energy"]).all() and (rows("two/r001")["replica"] == 1).all(), "replicas")
    with h5py.File("two/analysis.h5") as file:
        check(file["transitions/events"].attrs["frames"] == 82 and set(file["transitions/inherent_energy/run"][()]) == {0, 1}, "transitions of replicas")
    shutil.copytree("two", "one_of_two")
    Path("one_of_two/r001/inherent.h5md").unlink()
    refused = tektite("respond", "input.yaml", "--out", "one_of_two")
    check(refused.code == 3 and "unfinished quench" in refused.err, "a replica without its structures:", refused)
    check(tektite("status", "one_of_two").code == 3 and tektite("status", "two").code == 0, "status of it")
    again = tektite("chain", "input.yaml", "--out", "two", "--replicas", "2", "--json")
    check(again.code == 0 and not list(Path("two").rglob("*.old-*")), "chain again:", again)


def check_while_running():
    """The dynamics does not notice; the structures are those that quench finds afterwards; a kill loses nothing."""
    plain = tektite("run", "input.yaml", "--out", "plain", "run.from=run/start.h5md", "--json").json()
    more = ["run.from=run/start.h5md", "run.stages[2].quench_every=20", "--json"]
    looked = tektite("run", "input.yaml", "--out", "looked", *more)
    check(looked.code == 0 and looked.json()["final_digest"] == plain["final_digest"], "digest with quench_every:", looked)
    table, whole = rows("looked", "inherent_run"), rows("whole")
    check((table["energy"] == whole["energy"][::2]).all() and (table["step"] == whole["step"][::2]).all(), "the same as afterwards")
    check((table["parent_temperature"] == 1.0).all(), "temperature while running")
    with h5py.File("looked/inherent_run.h5md") as one, h5py.File("whole/inherent.h5md") as other:
        name = "particles/trajectory/position/value"
        check((one[name][()] == other[name][()][::2]).all(), "positions as afterwards")
    check("compare" not in looked.err, "nothing to warn of:", looked)
    two = tektite("run", "input.yaml", "--out", "looked2", *more, "quench.compare=lbfgs", ranks=2)
    check(two.err.count("quench.compare is for stored frames") == 1, "compare is told to be of no effect, once:", two)
    check(two.code == 0 and not differences("looked/inherent_run.h5", "looked2/inherent_run.h5"), "on two ranks:", two)
    for _ in range(6):
        process = start("run", "input.yaml", "--out", "shot", *more, "--quiet")
        time.sleep(generator.uniform(0.1, 0.6))
        kill(process)
        finish(process, 20)
    result = tektite("run", "input.yaml", "--out", "shot", *more)
    check(result.code == 0 and result.json()["final_digest"] == plain["final_digest"], "after kills:", result)
    for name in ("inherent_run.h5md", "inherent_run.h5"):
        check(not differences(f"looked/{name}", f"shot/{name}"), "after kills", name)
    found = tektite("analyze", "input.yaml", "--out", "looked", "--json")
    check(found.code == 0 and found.json()["transitions"]["frames"] == 21, "transitions while running:", found)
    with h5py.File("looked/analysis.h5") as file:
        check(file["transitions/events"].attrs["minimizer"] == b"fire", "minimiser while running")


def check_transitions():
    """Against the positions by hand; bisection finds the same jumps where nothing jumps forth and back; two minimisers."""
    found = tektite("analyze", "input.yaml", "--out", "whole", "--json").json()["transitions"]
    with h5py.File("whole/inherent.h5md") as file:
        positions, edge = file["particles/trajectory/position/value"][()], file["particles/trajectory/box/edges/value"][0][0][0]
    moved = numpy.diff(positions, axis=0)
    moved -= edge * numpy.rint(moved / edge)
    moved -= moved.mean(axis=1, keepdims=True)
    squares = (moved**2).sum(axis=2)
    events = numpy.flatnonzero(squares.max(axis=1) >= 1e-10)
    energy = rows("whole")["energy"] * 250
    check(found["transitions"] == len(events) > 3, "transitions", found, len(events))
    check(abs(found["rate"] - len(events) / 2.0) < 1e-9, "rate", found)
    ballistic = 0.1 * (edge**3 / 250) ** (1 / 3)
    check(abs(found["reduced_rate"] - found["rate"] * ballistic * 1000 / 250) < 1e-9, "reduced rate", found)
    with h5py.File("whole/analysis.h5") as file:
        table = file["transitions/events"]
        check(numpy.allclose(table["energy_jump"][()], numpy.diff(energy)[events], atol=1e-9), "energy jumps")
        check(numpy.allclose(table["largest_displacement"][()], numpy.sqrt(squares.max(axis=1)[events])), "displacements")
        check(numpy.allclose(table["participation"][()], (squares.sum(axis=1)**2 / (squares**2).sum(axis=1))[events]), "participation")
    # who made the structures stands in the result, whatever the input of the analysis says
    told = tektite("analyze", "input.yaml", "--out", "flow", "analyze.from=slow")
    with h5py.File("flow/analysis.h5") as file, h5py.File("whole/analysis.h5") as other:
        facts, fire = dict(file["transitions/events"].attrs), dict(other["transitions/events"].attrs)
    check(told.code == 0 and "by steepest_descent" in told.out and "flow_tolerance" in told.out, "the summary names the minimiser:", told)
    check(facts["minimizer"] == b"steepest_descent" and facts["flow_tolerance"] == 1e-6 and "step" not in facts, "of the parents", facts)
    check(fire["minimizer"] == b"fire" and fire["step"] == 0.7 and fire["force_tolerance"] == 1e-10 and fire["bisect"] == 0, "fire", fire)
    for ranks in (1, 2):
        result = quench(f"halves{ranks}", "quench.from=run", "quench.bisect=8", ranks=ranks)
        check(result.code == 0 and result.json()["frames"] < 41 + 1, "bisection:", result)
    same("halves1", "halves2", "bisection on two ranks")
    halves = rows("halves1")
    chosen = (halves["parent_frame"] - rows("whole")["parent_frame"][0]).astype(int)
    check((halves["energy"] == rows("whole")["energy"][chosen]).all() and chosen[0] == 0 and chosen[-1] == 40, "bisected frames", chosen)
    gaps = numpy.flatnonzero(numpy.diff(chosen) > 1)
    check(all(abs(halves["energy"][k + 1] - halves["energy"][k]) < 1e-9 for k in gaps), "no jump inside a gap")
    both = quench("both", "quench.from=run", "quench.compare=steepest_descent", "quench.every=10")
    table = rows("both")
    check(both.code == 0 and 0 <= both.json()["same_basin_fraction"] <= 1, "two minimisers:", both)
    near = table["other_distance"] < 1e-5
    check((numpy.abs(table["energy"] - table["other_energy"])[near] < 1e-9).all() and (table["other_outcome"] == 0).all(), "energies in one basin")
    check(abs(both.json()["same_basin_fraction"] - near.mean()) < 1e-12 and both.json()["not_compared"] == 0, "same_basin_fraction")
    # descents that do not converge are compared with nothing, whether they are counted now or on disk
    some = ["quench.from=run", "quench.compare=lbfgs", "quench.every=2", "quench.max_evaluations=840", "quench.threshold=1e-4"]
    for result in (quench("some", *some), quench("some", *some)):
        table = rows("some")
        known = (table["outcome"] == 0) & (table["other_outcome"] == 0)
        check(0 < known.sum() < len(known) and (numpy.isfinite(table["other_distance"]) == known).all(), "compared frames", table["other_distance"])
        told, near = result.json(), (table["other_distance"] < 1e-4)[known]
        check(told["not_compared"] == (~known).sum() and abs(told["same_basin_fraction"] - near.mean()) < 1e-12, "over those compared", told)
    with h5py.File("some/inherent.h5") as file:
        check(file["frames"].attrs["threshold"] == 1e-4, "the threshold stands beside the distances")
    result = quench("some", *some[:3], "quench.max_evaluations=1", json=False)
    check("in 0 of 0 frames; 21 could not be compared" in result.out, "nothing compared:", result)


STAGES = """
model: ipl3d
create: {particles: 250}
run:
  timestep: 0.005
  stages:
    - {name: I1, temperature: 1.0, coupling_time: 0.2, steps: 200, save: {spacing: linear, every: 0.05}}
    - {name: rest, temperature: 1.0, coupling_time: 0.2, steps: 200}
    - {name: I2, temperature: 1.0, coupling_time: 0.2, steps: 200, save: {spacing: linear, every: 0.05}}
    - {name: I3, temperature: 1.0, coupling_time: 0.2, steps: 200, save: {spacing: linear, every: 0.05}}
    - {name: J, temperature: 1.5, coupling_time: 0.2, steps: 200, save: {spacing: linear, every: 0.05}}
quench: {stage: "[IJ]*"}
analyze:
  - {pass: transitions, stage: "I*"}
"""


def check_joined_stages():
    """Several stages in one rate: what lies between them does not count, and their temperature must be one."""
    Path("stages.yaml").write_text(STAGES)
    made = tektite("chain", "stages.yaml", "--out", "stages", "--json")
    if not check(made.code == 0, "chain of stages:", made):
        return
    found = made.json()["analyze"]["transitions"]
    check(abs(found["time_covered"] - 2.95) < 1e-9 and found["frames"] == 21 + 20 + 20, "the rest between the stages does not count", found)
    check(abs(found["longest_interval"] - 0.05) < 1e-9 and found["temperature"] == 1 and found["reduced_rate"] > 0, "one temperature", found)
    again = tektite("chain", "stages.yaml", "--out", "stages")
    check(again.code == 0 and "analyze: up to date" in again.out, "the temperature found does not make the input another one:", again)
    for more, code, words in (['analyze[0].stage="[IJ]*"'], 2, "from 1 to 1.5"), (['analyze[0].stage="[IJ]*"', "analyze[0].temperature=1.2"], 0, ""):
        result = tektite("analyze", "stages.yaml", "--out", "joined", "analyze[0].from=stages", *more)
        check(result.code == code and words in result.err and result.err.count("\n") < 5, "several temperatures:", result)
    # of files from elsewhere the table knows the temperature, not the input at hand
    for given in ("stages/inherent.h5md", "stages"):
        result = tektite("analyze", "input.yaml", "--out", "joined", f"analyze[0].from={given}", "analyze[0].stage=J", "--json")
        check(result.code == 0 and result.json()["transitions"]["temperature"] == 1.5, "temperature of the parents:", result)


def check_unconverged():
    result = quench("short", "quench.from=run", "quench.max_evaluations=300")
    table = rows("short")
    bad = table["outcome"] != 0
    check(result.code == 0 and bad.sum() > 0 and "did not converge" in result.err, "unconverged frames:", result)
    none = quench("none", "quench.from=run", "quench.max_evaluations=1", "quench.every=10", json=False)
    check(none.code == 0 and "0 converged" in none.out and "nan" not in none.out + none.err and "inf," not in none.out, "none converges:", none)
    check(result.json()["converged"] == (~bad).sum() and len(bad) == 41, "converged", result.out)
    check((table["outcome"][bad] == 2).all() and (table["max_force"][bad] > 1e-10).all(), "outcome of unconverged frames")
    with h5py.File("short/inherent.h5md") as file:
        unknown = numpy.isnan(file["particles/trajectory/potential_energy/value"][()]).all(axis=1)
    check((unknown == bad).all(), "energies of unconverged frames are not numbers")
    found = tektite("analyze", "input.yaml", "--out", "short", "--json").json()["transitions"]
    check(found["unconverged"] == bad.sum(), "transitions leave them out", found)


def check_wrong():
    wrong = {
        "quench.minimizer=fier": ("fire", 2), "quench.minimiser=fire": ("minimizer", 2), "quench.force_tolerance=0": ("> 0", 2),
        "quench.step=1.5": ("<= 0.9", 2), "quench.every=0": (">= 1", 2), "quench.compare=fire": ("itself", 2),
        "quench.flow_tolerance=0.1": ("<= 0.01", 2),
        "quench.flow_tolerance=1e-13": (">= 1e-12", 2), "quench.stage=nowhere": ("nowhere", 2), "quench.frame=1000": ("frame=1000", 2), "quench.from=missing.h5md": ("missing.h5md", 3),
        "quench.from=missing.xyz": ("missing.xyz", 2), "run.stages[0].quench_every=0": (">= 1", 2)}
    for override, (words, code) in wrong.items():
        result = quench("wrong", "quench.from=run", override)
        check(result.code == code and words in result.err and not result.out, override, result)
    result = tektite("chain", "nothing_else.yaml", "--out", "foreign", "quench.from=run/run.h5md", "quench.frame=0", "--quiet")
    check(result.code == 0 and Path("foreign/analysis.h5").exists() and not Path("foreign/start.h5md").exists(), "chain from elsewhere:", result)
    result = tektite("chain", "input.yaml", "--out", "running", "run.stages[1].save={}", "run.stages[2].save={}", "run.stages[2].quench_every=100",
                     "quench={max_evaluations: 100000}", "--json")
    check(result.code == 0 and "quench" not in result.json() and result.json()["analyze"]["transitions"]["frames"] == 5,
          "a chain whose run quenches:", result)
    two = ["analyze=[{pass: transitions}, {pass: transitions, temperature: 2}]", "analyze.from=whole"]
    result = tektite("analyze", "input.yaml", "--out", "from", "--json", *two, "quench={}")
    check(result.code == 0 and all(result.json()[name]["frames"] == 41 for name in ("transitions", "transitions_2")), "analyze.from:", result)
    for given, code, words in (("last.xyz", 2, "last.xyz tells no times"), ("nothing.h5md", 3, "nothing.h5md")):
        result = tektite("analyze", "input.yaml", "--out", "from", f"analyze.from={given}")
        check(result.code == code and words in result.err, given, result)
    result = tektite("quench", "input.yaml", "--out", "empty", ranks=2)
    check(result.code == 3 and result.err.count("run.h5md") <= 2, "no run:", result)
    result = tektite("analyze", "input.yaml", "--out", "plain")
    check(result.code == 3 and "tektite quench" in result.err, "transitions without inherent structures:", result)
    # of another model: told; of another dimension: refused
    Path("mixture.yaml").write_text(INPUT.replace("ipl3d", "kob_andersen"))
    result = quench("mixture", "quench.from=run", "quench.every=20", ranks=2)
    check("made with model" not in result.err, "the same model:", result)
    for verb, more in (("quench", ["quench.from=run", "quench.frame=0"]), ("analyze", ["analyze=[{pass: structure, from: run}]"])):
        result = tektite(verb, "mixture.yaml", "--out", "mixture", *more, ranks=2)
        check(result.code == 0 and result.err.count("made with model ipl3d, the input says kob_andersen") == 1, verb, "of another model:", result)
        result = tektite(verb, "input.yaml", "--out", "flat", "model=ipl2d", *more, ranks=2)
        check(result.code == 3 and result.err.count("is 3-dimensional (model ipl3d), model ipl2d is 2-dimensional") == 1, verb, "flat:", result)
    Path("other.yaml").write_text(INPUT.replace("ipl3d", "stillinger_weber"))
    result = tektite("quench", "other.yaml", "--out", "fifth", "quench.from=run")
    check(result.code == 2 and "the configuration has 2 species" in result.err and not list(Path("fifth").glob("*.old-*")), "another model:", result)


scratch()
Path("input.yaml").write_text(INPUT)
made = [tektite(verb, "input.yaml", "--out", "run", "--quiet") for verb in ("create", "run")]
check(all(result.code == 0 for result in made), *made)
check_numbers()
result = quench("whole", "quench.from=run/run.h5md")
check(result.code == 0, result)
check_ranks()
check_kills()
check_stops()
check_chain_status()
check_sources()
check_while_running()
check_transitions()
check_joined_stages()
check_unconverged()
check_wrong()
check.finish()
