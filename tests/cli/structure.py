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


def elsewhere():
    """The frames of a run, taken out to .xyz and .data: the same curves; what needs times or stages is refused."""
    for frames, name in (("frames=all", "all.xyz"), ("frame=-1", "last.xyz"), ("frame=-1", "last.data")):
        done = tektite("export", "ipl2d/r000/run.h5md", name, frames)
        check(done.code == 0, "export", name, done)
    asked, found = {}, {}
    for name, source, ranks in (("run", "ipl2d/r000", 0), ("all", "all.xyz", 2), ("xyz", "last.xyz", 0), ("data", "last.data", 2)):
        asked[name] = tektite("analyze", "ipl2d.yaml", "--out", f"from_{name}", "--json", f"analyze=[{{pass: structure, from: {source}, "
                              f"max_frames: 1000{', stage: prod' if name == 'run' else ''}}}]", ranks=ranks)
        if check(asked[name].code == 0, name, asked[name]):
            found[name] = tables(f"from_{name}/analysis.h5")
    if len(found) < 4:
        return
    n = {name: result.json()["structure"]["frames"] for name, result in asked.items()}
    check(n["all"] == n["run"] == 61 and n["xyz"] == n["data"] == 1, "frames", n)
    check(all(numpy.array_equal(found["all"][k], found["run"][k], equal_nan=True) for k in found["run"] if k in ("gr/r", "gr/g_NN")), "g(r) of all")
    curves = [k for k in found["xyz"] if not k.endswith("_error")]
    check(all(numpy.allclose(found["xyz"][k], found["data"][k], rtol=1e-10, atol=1e-10, equal_nan=True) for k in curves), ".xyz and .data")
    with h5py.File("ipl2d/r000/run.h5md", "r") as file:  # g_NN of the last frame, once more
        home = file["particles/trajectory"]
        x, edges = home["position/value"][-1][:, :2], home["box/edges"][()] if "value" not in home["box/edges"] else home["box/edges/value"][-1]
        edges = (numpy.diag(edges) if edges.ndim == 2 else edges)[:2]
    d = x[:, None] - x[None]
    d -= edges * numpy.rint(d / edges)
    r = found["xyz"]["gr/r"]
    bins = numpy.arange(len(r) + 1) * (r[1] - r[0])
    counts = numpy.histogram(numpy.sqrt((d**2).sum(axis=2))[numpy.triu_indices(len(x), 1)], bins)[0]
    wanted = counts * numpy.prod(edges) / (len(x) * (len(x) - 1) / 2) / (numpy.pi * (bins[1:]**2 - bins[:-1]**2))
    check(numpy.allclose(found["xyz"]["gr/g_NN"], wanted, rtol=1e-9), "g_NN of one frame", abs(found["xyz"]["gr/g_NN"] - wanted).max())
    for entry, words in (("{pass: self_motion, from: last.xyz}", "pass self_motion follows particles in time"),
                         ("{pass: transitions, from: last.data}", "pass transitions follows particles in time"),
                         ("{pass: structure, from: last.xyz, stage: prod}", "tells no stages"), ("{pass: structure, from: gone.data}", "gone.data")):
        for ranks in (0, 2):
            done = tektite("analyze", "ipl2d.yaml", "--out", "refused", f"analyze=[{entry}]", ranks=ranks)
            check(done.code == 2 and done.err.count(words) == 1, entry, done)


scratch()
liquid("ipl3d", 1000, 1.0, {"B": (6.15, 6.45), "A": (6.75, 7.05)})  # MODELS: 6.2 .. 6.35 and 6.8 .. 7.0 (N = 1000, +- 0.1)
liquid("ipl2d", 1000, 0.8, {"B": (5.75, 6.05)})  # 5.86 .. 5.91
elsewhere()
done = tektite("analyze", "ipl3d.yaml", "--out", "thin", "--json", "analyze=[{pass: structure, from: ipl3d, max_frames: 12, q_high: 3}]")
if check(done.code == 0, done):
    check(done.json()["structure"]["frames"] == 14, "max_frames 12 of 2 x 61: every tenth, 7 of each run:", done.out)
    check(done.json()["structure"]["q_max_A"] is None, "no peak below 3: null")
done = tektite("analyze", "ipl3d.yaml", "--out", "thin", "analyze=[{pass: structure, from: ipl3d, r_max: 7}]")
check(done.code == 2 and "half the shortest edge" in done.err, "r_max too large:", done)
check.finish()
