#!/usr/bin/python3
"""Domains on several nodes, where the ranks of a group share no memory: messages and reductions go through MPI, chunks without ghosts are
computed meanwhile, every list is compared with brute force; the bits are the same.
The nodes are two daemons of mpirun on this machine, started by a script in the place of ssh; between them MPI has only TCP."""
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from common import MPIRUN, Checks, differences, scratch, tektite

check = Checks()
agent = scratch() / "ssh.sh"
agent.write_text('#!/bin/sh\nexport TMPDIR="${0%/*}/$1" # daemons of one host would share their session directory\nmkdir -p "$TMPDIR"\nshift\nexec sh -c "$*"\n')
agent.chmod(0o700)
INPUT = """model: %s
seed: 5
create: {particles: %d}
run:
  timestep: %g
  thermo_every: 24
  check_list: true
  stages: [{name: hot, temperature: %g, coupling_time: 0.5, steps: 120, save: {spacing: linear, every: 1.0}}]
quench: {from: serial/run.h5md, frame: -1, force_tolerance: 1e-4}
"""


def on_nodes(ranks):
    """Every second rank on the other node."""
    options = {"plm_rsh_agent": agent, "plm_rsh_no_tree_spawn": 1, "oob_tcp_if_include": "lo", "btl": "self,tcp", "btl_tcp_if_include": "lo"}
    return [MPIRUN, "-n", str(ranks), "-host", "alpha:8,beta:8", "--map-by", "node"] + [
        str(word) for name, value in options.items() for word in ("--mca", name, value)]


places = subprocess.run([*on_nodes(4), "sh", "-c", "echo $OMPI_COMM_WORLD_LOCAL_SIZE"], capture_output=True, text=True, timeout=60)
check(places.stdout.split() == ["2"] * 4, "two nodes with two ranks each", places)

# the last one is so hot that the rounding grid is coarsened on the way
for model, n, timestep, temperature in (("mblj", 1000, 0.005, 1.0), ("stillinger_weber", 1500, 0.065, 0.15), ("ipl2d", 1500, 0.005, 1.5),
                                        ("kob_andersen", 1000, 0.0005, 300)):
    shutil.rmtree("serial", ignore_errors=True)
    Path("input.yaml").write_text(INPUT % (model, n, timestep, temperature))
    start = tektite("create", "input.yaml", "--out", "serial", "--quiet")
    serial = tektite("run", "input.yaml", "--out", "serial", "--json")
    if not check(start.code == 0 and serial.code == 0, model, start, serial):
        continue
    for ranks in (2, 4, 8):
        out = f"{model}{ranks}"
        result = tektite("run", "input.yaml", "run.from=serial/start.h5md", "--out", out, "--json", before=on_nodes(ranks))
        if check(result.code == 0, out, result):
            check(result.json()["final_digest"] == serial.json()["final_digest"], out, "digest")
            for name in ("run.h5md", "thermo.h5"):
                check(not differences(f"serial/{name}", f"{out}/{name}"), out, name)
    grid = "2x2x1"
    alone = tektite("quench", "input.yaml", "--out", f"{model}_alone", "--quiet")
    spread = tektite("quench", "input.yaml", "--out", f"{model}_spread", "--quiet", "--domains", grid, before=on_nodes(4))
    if check(alone.code == 0 and spread.code == 0, model, "quench", alone, spread):
        for name in ("inherent.h5md", "inherent.h5"):
            check(not differences(f"{model}_alone/{name}", f"{model}_spread/{name}"), model, name)
check.finish()
