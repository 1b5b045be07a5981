"""Pass structure through the whole program: equal tables on 1, 2 and 3 ranks with two replicas, frames thinned as asked, a small soft-sphere
liquid whose peaks lie where an independent program found them, wrong keys refused."""
import h5py
import numpy
from common import Checks, scratch, tektite

check = Checks()
INPUT = """
model: {model}
seed: 4
create: {{particles: {particles}}}
run:
  stages:
    - {{name: melt, temperature: 2.0, time: 10}}
    - {{name: cool, temperature: {{from: 2.0, to: {temperature}}}, time: 20}}
    - {{name: equil, temperature: {temperature}, time: 20}}
    - {{name: prod, temperature: {temperature}, time: 60, save: {{spacing: linear, every: 1}}}}
analyze:
  - {{pass: structure, max_frames: 60}}
"""


def tables(path, group="structure"):
    with h5py.File(path, "r") as file:
        return {f"{t}/{c}": item[()] for t in ("gr", "sq") for c, item in file[f"{group}/{t}"].items()}


def close(a, b, tolerance):
    return a.keys() == b.keys() and all(numpy.allclose(a[k], b[k], rtol=tolerance, atol=tolerance, equal_nan=True) for k in a)


def liquid(model, particles, temperature, peaks):
    """peaks: S_aa per species, lowest and highest position allowed."""
    with open(f"{model}.yaml", "w") as file:
        file.write(INPUT.format(model=model, particles=particles, temperature=temperature))
    done = tektite("chain", f"{model}.yaml", "--out", model, "--replicas", 2, "--quiet")
    if not check(done.code == 0, model, done):
        return
    results = {}
    for ranks in (1, 2, 3):
        done = tektite("analyze", f"{model}.yaml", "--out", model, "--json", ranks=ranks)
        if not check(done.code == 0, model, ranks, "ranks:", done):
            return
        results[ranks] = tables(f"{model}/analysis.h5")
        numbers = done.json()["structure"]
    for ranks in (2, 3):
        a, b = results[1], results[ranks]
        check(close(a, b, 1e-10), model, f"{ranks} ranks: other numbers than one")
        check(all(numpy.array_equal(a[k], b[k], equal_nan=True) for k in a if k.startswith("gr/")), model, f"{ranks} ranks: g(r) to the last bit")
    check(numbers["frames"] == 62, model, "frames:", numbers["frames"])
    for species, (low, high) in peaks.items():
        q, height = numbers[f"q_max_{species}"], numbers[f"s_max_{species}"]
        print(f"{model} q_max_{species} {q:.3f} +- {numbers[f'q_max_{species}_error']:.3f}, height {height:.3f}, allowed {low} .. {high}")
        check(low <= q <= high and height > 1, model, f"q_max_{species} = {q}, height {height}")
    table = results[1]
    r, g = table["gr/r"], table["gr/g_NN"]
    check((g[r < 0.7] == 0).all() and g.max() > 2 and abs(g[r > 4].mean() - 1) < 0.03, model, "g(r): core, shell, far")
    s_ab = {k: table[f"sq/S_{k}"] for k in ("NN", "AA", "AB", "BB")}
    check(numpy.allclose(s_ab["NN"], s_ab["AA"] / 2 + s_ab["BB"] / 2 + s_ab["AB"], rtol=1e-10), model, "S_NN is the sum of its parts")
    far = table["sq/q"] > 17
    check(abs(s_ab["NN"][far].mean() - 1) < 0.1 and abs(s_ab["AB"][far].mean()) < 0.1, model, "S(q) far out")
    used, present = table["sq/n_vectors"], table["sq/n_lattice"]
    check(numpy.where(present <= 64, used == present, (used <= 80) & (used >= 48)).all(), model, "vectors per bin")
    check(0 < numbers["compressibility"] < numbers["s_0"] < 0.3, model, "long waves", numbers["compressibility"], numbers["s_0"])


scratch()
liquid("ipl3d", 1000, 1.0, {"B": (6.15, 6.45), "A": (6.75, 7.05)})  # MODELS: 6.2 .. 6.35 and 6.8 .. 7.0 (N = 1000, +- 0.1)
liquid("ipl2d", 1000, 0.8, {"B": (5.75, 6.05)})  # 5.86 .. 5.91
done = tektite("analyze", "ipl3d.yaml", "--out", "thin", "--json", "analyze=[{pass: structure, from: ipl3d, max_frames: 12, q_high: 3}]")
if check(done.code == 0, done):
    check(done.json()["structure"]["frames"] == 14, "max_frames 12 of 2 x 61: every tenth, 7 of each run:", done.out)
    check(done.json()["structure"]["q_max_A"] is None, "no peak below 3: null")
done = tektite("analyze", "ipl3d.yaml", "--out", "thin", "analyze=[{pass: structure, from: ipl3d, r_max: 7}]")
check(done.code == 2 and "half the shortest edge" in done.err, "r_max too large:", done)
check.finish()
