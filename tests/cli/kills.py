"""Kills: a run that is killed at random moments and started again with the same command ends with the same files, bit for bit.

SIGKILL on one and two ranks, while frames and checkpoints are being written; after each kill every file opens. Then the polite ways to
stop (SIGTERM, SIGUSR1, --max-walltime), a finished run started again, and --restart-from-scratch. An argument: the number of kills."""
import hashlib
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import h5py
from common import Checks, differences, family, finish, kill, scratch, start, tektite, wait_for

INPUT = """
model: ipl3d
seed: 5
create: {particles: 300}
run:
  thermo_every: 20
  checkpoint_every: 0.2s
  stages:
    - {name: melt, temperature: 2.0, coupling_time: 0.5, steps: 2000}
    - {name: equil, temperature: 1.2, coupling_time: 0.5, until: stationary, window: 5, tolerance: 0.05, max_time: 150}
    - {name: cool, temperature: {from: 1.2, to: 0.9}, coupling_time: 0.5, time: 100, save: {spacing: linear, every: 0.5}}
    - {name: prod, temperature: 0.9, coupling_time: 0.5, chain_length: 2, time: 100, save: {spacing: log_blocks, block_time: 2, per_decade: 4}}
"""
FILES = ["run.h5md", "thermo.h5", "windows.h5"]

check = Checks()
generator = random.Random()


def arguments(out, *more):
    return ["run", "input.yaml", "run.from=start.h5md", "--out", out, *more]


def leftovers(out):
    """What lies in a directory, but for files moved aside and a checkpoint's predecessor."""
    return sorted(path.name for path in Path(out).iterdir() if ".old-" not in path.name and not path.name.endswith(".prev"))


def check_same(out, what):
    """Digest, frames, tables as in the run that nobody touched."""
    result = tektite(*arguments(out, "--json"))
    digest = result.json()["final_digest"] if result.code == 0 else str(result)
    check(digest == reference, what, "digest", digest, "instead of", reference)
    for name in FILES:
        check(not differences(f"whole/{name}", f"{out}/{name}"), what, name, differences(f"whole/{name}", f"{out}/{name}"))
    check(Path(out, "thermo.txt").read_bytes() == Path("whole/thermo.txt").read_bytes(), what, "thermo.txt")
    check(leftovers(out) == leftovers("whole"), what, "files", leftovers(out))


def check_files(out, what):
    """After a kill: every file opens, here and in `explain`; frames are a beginning of those of the whole run."""
    for path in sorted(Path(out).glob("*.h5*")):
        if path.name.endswith(".tmp"):
            continue
        try:
            with h5py.File(path, "r") as file:
                file.visititems(lambda name, item: None)
                if path.name == "run.h5md":
                    group = file["particles/trajectory"]
                    rows = [group[name] for name in ["position/step", "position/value", "velocity/value", "image/value"]]
                    n = min(len(row) for row in rows)
                    same = all((rows[1][k] == whole_positions[k]).all() for k in range(n))
                    check(same and all(len(row) == n for row in rows), what, f"the first {n} frames")
        except (OSError, KeyError, ValueError) as error:
            check(False, what, path.name, error)
    told = {path: start("explain", path) for path in Path(out).glob("*.h5*") if not path.name.endswith(".tmp")}
    for path, process in told.items():
        result = finish(process, 20)
        check(result.code == 0, what, "explain", path.name, result)


def play_with_kills(out, ranks, n_kills):
    """Start, kill, look; again; let it end."""
    done = 0
    for _ in range(10 * n_kills):
        process = start(*arguments(out, "--quiet"), ranks=ranks)
        time.sleep(generator.uniform(0.1, 0.9))
        if process.poll() is not None:
            result = finish(process, 5)
            check(result.code == 0, f"run on {ranks} ranks after {done} kills:", result)
            if result.code != 0:
                return
            check_same(out, f"{ranks} ranks, {done} kills:")  # the run outlived its killer: the next ones get a new run
            shutil.rmtree(out)
            continue
        kill(process)
        finish(process, 20)
        done += 1
        if Path(out).exists():
            check_files(out, f"{ranks} ranks, kill {done}:")
        if done == n_kills:
            break
    result = tektite(*arguments(out, "--quiet"), ranks=ranks)
    check(result.code == 0, f"the last run on {ranks} ranks:", result)
    print(f"{ranks} ranks: {done} kills")
    check_same(out, f"{ranks} ranks, {done} kills:")


def play_with_early_kills(n_kills):
    """Kills in the first moments of a new run, while its files are made."""
    for k in range(n_kills):
        out = Path(f"early{k}")
        process = start(*arguments(out, "--quiet"))
        wait_for(lambda: (out / "run.log").exists())
        time.sleep(generator.expovariate(1 / 0.004))
        kill(process)
        finish(process, 20)
        check_files(out, f"early kill {k}:")
        result = tektite(*arguments(out, "--quiet", "--max-walltime", "0.05"))
        check(result.code == 0, f"run after early kill {k}:", result)
    print(f"{n_kills} early kills")


def log_of(out):
    path = Path(out, "run.log")
    return path.stat().st_size if path.exists() else 0


def play_with_stops(out, ranks, number):
    """A signal at a random moment, several times: checkpoint, exit 0, resumable."""
    stops = 0
    for _ in range(5):
        before = log_of(out)
        process = start(*arguments(out, "--quiet"), ranks=ranks)
        wait_for(lambda: process.poll() is not None or log_of(out) > before)
        time.sleep(generator.uniform(0, 0.4))
        if ranks == 0 or number == signal.SIGUSR1:
            kill(process, number, [process.pid])  # mpirun passes SIGUSR1 on
        else:
            kill(process, number, family(process)[:-1])  # to the ranks, as a batch system does: mpirun's own exit code is not ours
        result = finish(process, 30)
        check(result.code == 0, f"{number.name} on {ranks} ranks:", result)
        verdict = tektite("status", out)
        if verdict.code == 0:
            break
        stops += 1
        check(verdict.code == 3 and "resumable at step" in verdict.out, f"status after {number.name}:", verdict)
    check(stops > 0, f"{number.name} on {ranks} ranks never stopped the run")
    print(f"{ranks} ranks: {stops} times {number.name}")
    check_same(out, f"{number.name} on {ranks} ranks:")


def play_with_walltime(out):
    stops = 0
    for limit in ["0.4", "0.6s", "10m"]:
        result = tektite(*arguments(out, "--quiet", "--max-walltime", limit), ranks=2)
        check(result.code == 0, f"--max-walltime {limit}:", result)
        stops += tektite("status", out).code == 3
    check(stops > 0, "--max-walltime never stopped the run")
    print(f"{stops} times --max-walltime")
    check_same(out, "--max-walltime:")


def snapshot(out):
    return {path.name: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for path in Path(out).iterdir()}


def check_finished():
    """A finished run, started again, says so and touches nothing."""
    before = snapshot("whole")
    result = tektite(*arguments("whole"))
    check(result.code == 0 and "finished already" in result.out, "finished run again:", result)
    check(snapshot("whole") == before, "a finished run was touched:",
          [name for name, facts in snapshot("whole").items() if before.get(name) != facts])
    check(tektite("status", "whole").code == 0, "status of a finished run")


def check_from_scratch():
    """Old files move aside and stay whole; a kill before the first checkpoint is no trouble."""
    before = snapshot("whole")
    process = start(*arguments("whole", "--quiet", "--restart-from-scratch"))
    wait_for(lambda: Path("whole/run.h5md.old-1").exists() and Path("whole/thermo.h5.old-1").exists())
    kill(process)
    finish(process, 20)
    for name in FILES + ["checkpoint.h5"]:
        aside = snapshot("whole").get(name + ".old-1") or snapshot("whole").get(name)
        check(aside is not None and aside[1] == before[name][1], "from scratch: the old", name)
    result = tektite(*arguments("whole", "--json"))
    check(result.code == 0, "from scratch, killed, and again:", result)
    check(result.code == 0 and result.json()["final_digest"] == reference, "from scratch: digest")


n_kills = int(sys.argv[1]) if len(sys.argv) > 1 else 10
seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
generator.seed(seed)
print(f"seed {seed}")
scratch()
Path("input.yaml").write_text(INPUT)
made = tektite("create", "input.yaml", "--out", ".", "--quiet")
check(made.code == 0, made)
begun = time.monotonic()
whole = tektite(*arguments("whole", "--json"))
if not check(whole.code == 0, "the whole run:", whole):
    check.finish()
print(f"the whole run takes {time.monotonic() - begun:.1f} s")
reference = whole.json()["final_digest"]
with h5py.File("whole/run.h5md", "r") as file:
    whole_positions = file["particles/trajectory/position/value"][()]
play_with_early_kills(n_kills)
play_with_kills("killed1", 0, n_kills)
play_with_kills("killed2", 2, n_kills)
play_with_stops("term1", 0, signal.SIGTERM)
play_with_stops("term2", 2, signal.SIGTERM)
play_with_stops("usr1", 0, signal.SIGUSR1)
play_with_stops("usr2", 2, signal.SIGUSR1)
play_with_walltime("walltime")
check_finished()
check_from_scratch()
check.finish()
