"""Other programs read what tektite writes, and agree with it: MDAnalysis, h5dump, LAMMPS; and tektite reads its own exports back."""
import shutil
import subprocess
import warnings
from pathlib import Path

import h5py
import numpy
from common import Checks, scratch, tektite

check = Checks()

INPUT = """
model: {model}
seed: 8
create: {{particles: {particles}}}
run:
  stages:
    - {{name: hot, temperature: {temperature}, steps: 500}}
    - {{name: prod, temperature: {temperature}, steps: 1000, save: {{spacing: log_blocks, block_time: {block}, per_decade: 5}}}}
"""
MODELS = {  # particles, temperature, block time
    "kob_andersen": (600, 1.0, 1),
    "stillinger_weber": (600, 0.1, 20),
    "ipl2d": (400, 1.5, 1),
}
LAMMPS = {
    "kob_andersen": """
pair_style lj/cut 2.5
pair_modify shift yes
pair_coeff 1 1 1.0 1.0 2.5
pair_coeff 1 2 1.5 0.8 2.0
pair_coeff 2 2 0.5 0.88 2.2
""",
    "stillinger_weber": """
pair_style sw
pair_coeff * * glass.sw A
""",
}
# element x 3, epsilon, sigma, a, lambda, gamma, cos(theta_0), A, B, p, q, tolerance
SW_FILE = "A A A 1.0 1.0 1.80 18.75 1.20 -0.33333333333333333 7.049556277 0.6022245584 4.0 0.0 0.0\n"


def make(model):
    particles, temperature, block = MODELS[model]
    Path(f"{model}.yaml").write_text(INPUT.format(model=model, particles=particles, temperature=temperature, block=block))
    result = tektite("chain", f"{model}.yaml", "--out", model, "--quiet")
    check(result.code == 0, model, "chain:", result)


def evaluate(model, path, frame=-1):
    result = tektite("evaluate", f"{model}.yaml", f"evaluate.from={path}", f"evaluate.frame={frame}", "--out", "evaluated", "--json")
    return result.json() if check(result.code == 0, model, path, "evaluate:", result) else {"energy": numpy.nan, "pressure": numpy.nan}


def compare_mdanalysis(model):
    """Every frame as h5py sees it: coordinates, velocities, box, time, step, names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import MDAnalysis

        universe = MDAnalysis.Universe(f"{model}/top.xyz", f"{model}/run.h5md", convert_units=False)
        with h5py.File(f"{model}/run.h5md", "r") as file:
            group = file["particles/trajectory"]
            n = len(group["position/value"])
            names = [name.decode() for name in file["parameters/vmd_structure/name"][()]]
            species = group["species"][()]
            check(n > 10 and len(universe.trajectory) == n, model, f"{n} frames, MDAnalysis has {len(universe.trajectory)}")
            check(list(universe.atoms.names) == [names[k - 1] for k in species], model, "MDAnalysis: names")
            check((numpy.diff(group["position/step"][()]) > 0).all(), model, "steps increase")
            for k, snapshot in enumerate(universe.trajectory):
                ours = {name: group[f"{name}/value"][k].astype(numpy.float32) for name in ["position", "velocity"]}
                edges = group["box/edges/value"][k]
                check(edges.shape == (3, 3) and (edges == numpy.diag(numpy.diag(edges))).all(), model, f"frame {k}: edges", edges)
                check((snapshot.positions == ours["position"]).all(), model, f"frame {k}: positions")
                check((snapshot.velocities == ours["velocity"]).all(), model, f"frame {k}: velocities")
                check(numpy.allclose(snapshot.dimensions[:3], numpy.diag(edges), rtol=1e-6), model, f"frame {k}: box", snapshot.dimensions)
                check((snapshot.dimensions[3:] == 90).all(), model, f"frame {k}: angles", snapshot.dimensions)
                check(snapshot.time == group["position/time"][k], model, f"frame {k}: time", snapshot.time)
                check(snapshot.data["step"] == group["position/step"][k], model, f"frame {k}: step")
                inside = (group["position/value"][k] >= 0).all() and (group["position/value"][k] < numpy.diag(edges)).all()
                check(inside, model, f"frame {k}: positions are not wrapped into the box")
            print(f"{model}: MDAnalysis agrees in {n} frames")


def dump_files():
    """h5dump reads every file to the end."""
    paths = [path for path in sorted(Path(".").rglob("*.h5*")) if path.is_file()]
    for path in paths:
        result = subprocess.run(["h5dump", "-o", "/dev/null", str(path)], capture_output=True, text=True)
        check(result.returncode == 0 and not result.stderr, "h5dump", path, result.stderr)
    print(f"h5dump reads {len(paths)} files")


def compare_lammps(model):
    """Energy and pressure of frames of a run as LAMMPS computes them; forces of all particles."""
    for frame in [0, -1]:
        shutil.rmtree("evaluated", ignore_errors=True)
        check(tektite("export", f"{model}/run.h5md", f"{model}.data", f"frame={frame}", "--quiet").code == 0, model, "export")
        Path("glass.sw").write_text(SW_FILE)
        Path("in.lammps").write_text(f"""
units lj
atom_style atomic
read_data {model}.data
{LAMMPS[model]}
neigh_modify one 5000 page 100000
thermo_style custom step pe pxx pyy pzz press
thermo_modify norm no format float %.17g
dump forces all custom 1 forces.txt id fx fy fz
dump_modify forces sort id format float %.17g
run 0
""")
        run = subprocess.run(["lmp", "-in", "in.lammps", "-log", "none"], capture_output=True, text=True)
        if not check(run.returncode == 0, model, "lmp:", run.stdout[-1500:], run.stderr):
            return
        lines = run.stdout.splitlines()
        head = next(k for k, line in enumerate(lines) if line.split()[:2] == ["Step", "PotEng"])
        energy, pressure = float(lines[head + 1].split()[1]), float(lines[head + 1].split()[5])
        ours = evaluate(model, f"{model}/run.h5md", frame)
        error = abs(energy / ours["energy"] - 1)
        check(error < 1e-10, model, f"energy {ours['energy']}, LAMMPS {energy}")
        theirs = numpy.loadtxt("forces.txt", skiprows=9)[:, 1:]
        with h5py.File("evaluated/evaluate.h5md", "r") as file:
            forces = file["particles/trajectory/force/value"][-1]
        worst = abs(forces - theirs).max() / abs(theirs).max()
        check(worst < 1e-10, model, f"forces differ by {worst:.1e} of the largest")
        check(abs(pressure / ours["pressure"] - 1) < 1e-10, model, f"pressure {ours['pressure']}, LAMMPS {pressure}")
        print(f"{model}, frame {frame}: LAMMPS agrees, energy to {error:.1e}, forces to {worst:.1e}")


def compare_imports(model):
    """Exported, created from that, evaluated: the same energy; and straight from the exported file."""
    energy = evaluate(model, f"{model}/run.h5md")["energy"]
    for ending in ["data", "xyz"]:
        path = f"again-{model}.{ending}"
        check(tektite("export", f"{model}/run.h5md", path, "--quiet").code == 0, model, "export to", path)
        out = f"again-{model}-{ending}"
        result = tektite("create", f"{model}.yaml", f"create.from={path}", "--out", out, "--quiet")
        check(result.code == 0, model, "create from", path, result)
        for source in [path, f"{out}/start.h5md"]:
            error = abs(evaluate(model, source)["energy"] / energy - 1)
            check(error < 1e-12, model, f"{source}: energy is off by {error:.1e}")
        with h5py.File(f"{out}/start.h5md", "r") as new, h5py.File(f"{model}/run.h5md", "r") as old:
            for name in ["position", "velocity"]:
                a, b = (file[f"particles/trajectory/{name}/value"][-1] for file in (new, old))
                check(abs(a - b).max() < 1e-13 * max(1, abs(b).max()), model, ending, name, "differ by", abs(a - b).max())
            check((new["particles/trajectory/species"][()] == old["particles/trajectory/species"][()]).all(), model, ending, "species")
    check(tektite("export", f"{model}/run.h5md", "all.xyz", "frames=all", "--quiet").code == 0, model, "export of all frames")
    energies = [evaluate(model, source, 3)["energy"] for source in [f"{model}/run.h5md", "all.xyz"]]
    check(abs(energies[1] / energies[0] - 1) < 1e-12, model, "fourth frame of all.xyz:", energies)
    print(f"{model}: exports read back")


scratch()
for name in MODELS:
    make(name)
    compare_mdanalysis(name)
    compare_imports(name)
if shutil.which("lmp"):
    for name in LAMMPS:
        compare_lammps(name)
else:
    print("skipped: LAMMPS (no lmp here)")
if shutil.which("h5dump"):
    dump_files()
check.finish()
