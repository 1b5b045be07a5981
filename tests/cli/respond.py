#!/usr/bin/python3
"""`respond` as a user meets it: numbers of known glasses, refusal of what is not quenched, ensembles on any number of ranks, kills and
stops that cost nothing, averages per parent temperature. The ensemble: one glass with its axes exchanged and moved about, so kappa is the
same in all of them and G_xy is one of three known numbers."""
import itertools
import json
import shutil
import signal
import sys
from pathlib import Path

import h5py
import numpy

sys.path.insert(0, str(Path(__file__).parent))
from common import Checks, finish, kill, run_until, scratch, start, tektite

check = Checks()
scratch()
DATA = json.loads((Path(__file__).parents[1] / "data" / "response_checks.json").read_text())["reference_inherent_structures"]
N_FRAMES = 24


def write_xyz(path, glass, positions=None):
    edge = float(glass["L"])
    rows = ["%s %r %r %r" % ("AB"[int(t)], *map(float, x)) for t, x in zip(glass["types"], positions if positions is not None else
                                                                             glass["positions"])]
    Path(path).write_text('%d\nLattice="%r 0 0 0 %r 0 0 0 %r" Properties=species:S:1:pos:R:3\n%s\n'
                          % (len(rows), edge, edge, edge, "\n".join(rows)))


def write_ensemble(folder=".", chosen=range(N_FRAMES), replica=0):
    """inherent.h5md with these frames and inherent.h5 with where they come from, as quench leaves them."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    k = numpy.array(chosen)
    glass, edge = DATA["SW"], float(DATA["SW"]["L"])
    x = numpy.array(glass["positions"], dtype=float)
    orders = list(itertools.permutations(range(3)))
    frames = [(x[:, orders[k % 6]] + numpy.array([0.1, 0.2, 0.3]) * k) % edge for k in chosen]
    with h5py.File(f"{folder}/inherent.h5md", "w") as file:
        file.create_group("h5md").attrs["version"] = [1, 1]
        group = file.create_group("particles/trajectory")
        box = group.create_group("box")
        box.attrs["dimension"] = 3
        box.attrs["boundary"] = ["periodic"] * 3
        box["edges"] = [edge] * 3
        group["species"] = numpy.zeros(len(x), dtype="i4")
        position = group.create_group("position")
        position["value"], position["step"], position["time"] = numpy.array(frames), k, k * 1.0
    columns = {"frame": numpy.arange(len(k)), "parent_frame": 10 * k, "replica": 0 * k + replica,
               "parent_temperature": numpy.where(k % 2, 0.05, 0.06), "outcome": 0 * k}
    with h5py.File(f"{folder}/inherent.h5", "w") as file:
        group = file.create_group("frames")
        group.attrs["title"], group.attrs["columns"], group.attrs["scalars"] = "frames", " ".join(columns), ""
        for name, values in columns.items():
            group[name] = values.astype(float)


def tables(folder):
    with h5py.File(Path(folder) / "response.h5") as file:
        return {f"{t}/{c}": file[t][c][()] for t in file if t != "parameters" for c in file[t] if c != "seconds"}


def same(a, b):
    return a.keys() == b.keys() and all(numpy.array_equal(a[k], b[k], equal_nan=True) for k in a)


def known_glasses():
    models = {"IPL": "ipl3d", "mBLJ": "mblj", "SS": "sticky_spheres", "SW": "stillinger_weber"}
    for label, model in models.items():
        glass = DATA[label]
        write_xyz(f"{model}.xyz", glass)
        Path(f"{model}.yaml").write_text(f"model: {model}\nrespond: {{from: {model}.xyz, shear_modulus: true, dipole: {{pairs: all}}, modes: 6}}\n")
        result = tektite("respond", f"{model}.yaml", "--json")
        if not check(result.code == 0, model, result):
            continue
        said = result.json()
        for key, wanted in (("G_mean", glass["G"]), ("kappa_mean", glass["kappa_mean_all_pairs"])):
            check(abs(said[key] / float(wanted) - 1) < 1e-9, model, key, said[key], wanted)
        check(said["n_dipoles"] == int(glass["n_interacting_pairs"]) and said["zero_modes"] == 3, model, said)
        check(said["G_stderr"] is None and said["kappa_stderr"] is None and said["seconds_per_configuration"] > 0, model, said)
        with h5py.File(f"{model}/response.h5") as file:
            soft = glass["kappa_softest_pair"]
            i, j, kappa = (file["dipoles"][c][()] for c in ("i", "j", "kappa"))
            k = kappa.argmin()
            check((i[k], j[k]) == (soft["i"], soft["j"]) and abs(kappa[k] / soft["kappa"] - 1) < 1e-8, model, "softest pair")
            local = file["particles/kappa"][()]
            check(abs(local[7] / kappa[(i == 7) | (j == 7)].mean() - 1) < 1e-12, model, "kappa of particle 7")
            check(numpy.allclose(file["modes/eigenvalue"][()], glass["eigenvalues_lowest"][3:], rtol=1e-9), model, "eigenvalues")
            check(all(a in file["configurations/G"].attrs for a in ("unit", "description", "equation")), model, "attributes")


def methods():
    for extra, method in (("respond.memory=1e-6", "iteration"), ("respond.dipole.method=solves", "solves")):
        result = tektite("respond", "sticky_spheres.yaml", extra, "--json", "--out", method)
        if check(result.code == 0 and result.json()["dipole_method"] == method, method, result):
            said, glass = result.json(), DATA["SS"]
            check(abs(said["kappa_mean"] / float(glass["kappa_mean_all_pairs"]) - 1) < 1e-9, method, said)
            check(abs(said["G_mean"] / float(glass["G"]) - 1) < 1e-9, method, said)
    result = tektite("respond", "sticky_spheres.yaml", "respond.dipole.pairs=50", "--json", "--out", "sample")
    for extra, words in (("respond.modes=3000", "1 with fewer modes than asked"), ("respond.dipole.pairs=100000", "1 with fewer pairs"),
                         ("respond.memory=1e-6", "1 without modes"), ("respond={from: sticky_spheres.xyz, dipole: 40, pseudoharmonic: 3}", "softest of the pairs drawn"),
                         ("respond.pseudoharmonic={starts: 5, iterations: 1}", "5 pseudoharmonic starts did not converge")):
        short = tektite("respond", "sticky_spheres.yaml", extra, "--out", "short", "--quiet")
        check(short.code == 0 and short.err.count("warning") == 1 and words in short.err, extra, short)
    short = tektite("respond", "sticky_spheres.yaml", "respond.dipole=none", "respond.pseudoharmonic=3", "--out", "short")
    check(short.code == 2 and "start from dipole responses" in short.err, "no pairs, but modes from them:", short)
    short = tektite("respond", "sticky_spheres.yaml", "respond.modes=0", "respond.store_vectors=3", "--out", "short")
    check(short.code == 2 and "vectors of which modes?" in short.err, "no modes, but their vectors:", short)
    said = result.json()
    check(said["n_dipoles"] == 50 and said["dipole_method"] == "solves" and abs(said["kappa_mean"] / 132 - 1) < 0.3, "a sample", result)


def refusals():
    glass = DATA["IPL"]
    x = numpy.array(glass["positions"], dtype=float)
    x[5, 1] += 1e-5
    write_xyz("moved.xyz", glass, x)
    Path("moved.yaml").write_text("model: ipl3d\nrespond: {from: moved.xyz}\n")
    for ranks in (0, 2):
        result = tektite("respond", "moved.yaml", ranks=ranks)
        check(result.code == 2 and result.err.count("no inherent structure: max |F| =") == 1, "not quenched", ranks, result)
    result = tektite("respond", "moved.yaml", "respond.allow_unquenched=true", "--json")
    check(result.code == 0 and abs(result.json()["G_mean"] / float(glass["G"]) - 1) < 1e-2, "allowed", result)
    check(result.json()["unquenched_taken"] == 1 and result.json()["unquenched"] == 0, "it is counted", result)
    result = tektite("respond", "moved.yaml", "respond.allow_unquenched=true")
    check("1 not quenched, taken all the same" in result.out, "it is told", result)
    force = tektite("respond", "moved.yaml", "respond.allow_unquenched=true", "--out", "force", "--quiet").code == 0 and tables("force")[
        "configurations/max_force"][0]
    for share, code in ((1 / 1.0005, 0), (1 / 1.01, 2)):
        result = tektite("respond", "moved.yaml", f"respond.force_tolerance={share * force!r}".replace("np.float64(", "").replace(")", ""))
        check(result.code == code and (code == 0 or f"{force:.9g}" in result.err), "a tolerance nearly met", result)
    result = tektite("respond", "moved.yaml", "respond.from=nothing.xyz")
    check(result.code == 2, "no such file", result)
    result = tektite("respond", "moved.yaml", "respond.dipole.pairs=0")
    check(result.code == 2, "no pairs", result)


def ensemble():
    write_ensemble()
    Path("many.yaml").write_text("model: stillinger_weber\nrespond: {from: inherent.h5md, modes: 20, pseudoharmonic: 40, omega_limit: 1, store_vectors: 2}\n")
    whole = tektite("respond", "many.yaml", "--json", "--out", "whole")
    if not check(whole.code == 0, whole):
        return
    said, found = whole.json(), tables("whole")
    check(said["configurations"] == N_FRAMES and said["saddles"] == 0, said)
    check(abs(said["kappa_mean"] / float(DATA["SW"]["kappa_mean_all_pairs"]) - 1) < 1e-9, said)
    planes = numpy.stack([found[f"configurations/G_{p}"] for p in ("xy", "xz", "yz")], axis=1)
    check(abs(planes[0, 0] / float(DATA["SW"]["G"]) - 1) < 1e-9, "G of frame 0")
    check(abs(planes[1, 1] / planes[0, 0] - 1) < 1e-9, "G_xz of exchanged axes is G_xy, to the stress")
    check(numpy.array_equal(found["configurations/frame"], numpy.arange(N_FRAMES)), "frames in order")
    check(numpy.array_equal(found["configurations/parent_frame"], 10 * numpy.arange(N_FRAMES)), "parents")
    temperatures = said["temperatures"]
    check([t["parent_temperature"] for t in temperatures] == [0.05, 0.06], "temperatures", temperatures)
    for t in temperatures:
        mine = found["configurations/G"][found["configurations/parent_temperature"] == t["parent_temperature"]]
        check(abs(t["G_mean"] / mine.mean() - 1) < 1e-12 and t["G_stderr"] > 0.99 * mine.std(ddof=1) / len(mine)**0.5, t)
        check(1 <= t["independent"] <= len(mine), t)
        check(mine.min() <= t["G_low"] < t["G_mean"] < t["G_high"] <= mine.max(), "interval", t)
    omega, a_g = numpy.sort(numpy.sqrt(found["modes/eigenvalue"][found["modes/frame"] % 2 == 1])), temperatures[0]
    omega = omega[omega < a_g["omega_limit"]]
    y = (numpy.arange(len(omega)) + 0.5) / (N_FRAMES / 2 * 3 * 128)
    check(a_g["n_modes"] == len(omega) and abs(a_g["A_g"] / (5 * (y * omega**5).sum() / (omega**10).sum()) - 1) < 1e-9, "A_g", a_g)
    exponent = (len(omega) - 1) / numpy.log(a_g["omega_limit"] / omega).sum()
    check(abs(a_g["cumulative_exponent"] / exponent - 1) < 1e-9, "cumulative exponent", exponent, a_g)
    check(abs(a_g["cumulative_exponent_stderr"] / (exponent / (len(omega) - 2)**0.5 * (12 / a_g["independent"])**0.5) - 1) < 1e-9, a_g)
    check("A_g is no prefactor" not in whole.err, "exponents of 4.2 +- 1.1 and 4.3 +- 1.1", whole.err)  # the same kappa in all: worth one each
    modes = tektite("respond", "many.yaml", "respond={from: inherent.h5md, modes: 20, omega_limit: 1, dipole: none}", "--json", "--out", "modes")
    if check(modes.code == 0, modes):
        off = [abs(t["cumulative_exponent"] - 5) > 2 * t["cumulative_exponent_stderr"] for t in modes.json()["temperatures"]]
        check(any(off) and f"at {sum(off)} of 2 parent temperatures A_g is no prefactor" in modes.err, "no quartic law here", off, modes)
    again = tektite("respond", "many.yaml", "--json", "--out", "whole")
    check(again.code == 0 and again.out == whole.out, "a finished job says the same", again)
    check(not Path("whole/response.parts").exists(), "parts are gone")
    for replica in (0, 1):
        write_ensemble(f"two/r{replica:03d}", range(replica, N_FRAMES, 2), replica)
    two = tektite("respond", "many.yaml", "--out", "two", "--json", "respond.from=two", "respond.pseudoharmonic=1", ranks=2)
    if check(two.code == 0 and two.json()["configurations"] == N_FRAMES, "a file for each replica", two):
        split = tables("two")
        order = numpy.argsort(split["configurations/parent_frame"])
        check(numpy.array_equal(split["configurations/G"][order], found["configurations/G"]), "the same configurations")
        check(numpy.array_equal(split["configurations/replica"][order], numpy.arange(N_FRAMES) % 2), "replicas")
        told = tektite("respond", "many.yaml", "--out", "two", "respond.from=two", "respond.pseudoharmonic=1")
        check(f"{N_FRAMES} configurations of two/r000/inherent.h5md and 1 more" in told.out, "sources", told)
        check(numpy.array_equal(split["configurations/source_frame"][order], numpy.arange(N_FRAMES) // 2), "frames of their files")
    one = tektite("respond", "many.yaml", "--json", "--out", "one", "respond.frame=-1")
    check(one.code == 0 and one.json()["configurations"] == 1, one)
    interrupted(found)


def repeated():
    """Every structure sixteen times in a row: the errors are those of every one once, and it is told."""
    write_ensemble("repeated", [k // 16 * 2 for k in range(192)])
    with h5py.File("repeated/inherent.h5", "r+") as file:
        file["frames/parent_temperature"][:] = 0.05
        file["frames/parent_frame"][:] = numpy.arange(192)
    result = tektite("respond", "many.yaml", "respond={from: repeated, dipole: none}", "--out", "repeated", "--json")
    if not check(result.code == 0 and "configurations are independent" in result.err, "repeated", result):
        return
    said, g = result.json(), tables("repeated")["configurations/G"]
    t = said["temperatures"][0]
    check(6 <= t["independent"] <= 24, "12 runs of 16:", t["independent"])
    error = g[::16].std(ddof=1) / 12**0.5
    check(0.7 * error < t["G_stderr"] < 1.5 * error and said["G_stderr"] == t["G_stderr"], "error", t["G_stderr"], error)
    check(t["G_high"] - t["G_low"] > 2 * error, "interval", t)


def marked():
    """A frame that quench could not bring down stays out of the means, whatever its forces are; one that it claims to have is refused."""
    edge = float(DATA["SW"]["L"])
    for outcome, code in ((1, 0), (0, 2)):
        folder = f"marked{outcome}"
        write_ensemble(folder, range(4))
        with h5py.File(f"{folder}/inherent.h5md", "r+") as file:
            file["particles/trajectory/position/value"][2, 0, 0] = (file["particles/trajectory/position/value"][2, 0, 0] + 0.01) % edge
        with h5py.File(f"{folder}/inherent.h5", "r+") as file:
            file["frames/outcome"][2] = outcome
        result = tektite("respond", "many.yaml", f"respond.from={folder}", "respond.pseudoharmonic=1", "--out", folder, "--json", ranks=2)
        check(result.code == code, "marked", outcome, result)
        if code == 0:
            said = result.json()
            check(said["unquenched"] == 1 and said["temperatures"][1]["minima"] == 1 and said["temperatures"][1]["configurations"] == 2, said)
            with h5py.File(f"{folder}/response.h5") as file:
                check(numpy.isnan(file["configurations/G"][2]) and file["configurations/outcome"][2] == 2, "no G of frame 2")
        else:
            check("marked0/inherent.h5md: frame 2 is no inherent structure" in result.err, result)
    write_ensemble("small", range(4))  # forces of all frames within the tolerance of respond
    with h5py.File("small/inherent.h5", "r+") as file:
        file["frames/outcome"][:2] = 2
    for extra, counts, outcomes in (("false", (2, 2, 0), [2, 2, 0, 0]), ("true", (0, 0, 2), [0, 0, 0, 0])):
        result = tektite("respond", "many.yaml", f"respond={{from: small, allow_unquenched: {extra}}}", "--out", "small", "--json")
        if check(result.code == 0, "small forces", extra, result):
            said, found = result.json(), tables("small")
            check(tuple(said[f"unquenched{s}"] for s in ("", "_marked", "_taken")) == counts, extra, said)
            check(found["configurations/outcome"].tolist() == outcomes, extra, found["configurations/outcome"])
            check(found["configurations/quench_outcome"].tolist() == [2, 2, 0, 0], "as quench marked them")
            check(numpy.isnan(found["configurations/kappa_mean"]).tolist() == [o == 2 for o in outcomes], extra, "kappa of marked frames")
            check(abs(said["G_mean"] / numpy.nanmean(found["configurations/G"]) - 1) < 1e-12, extra, "G_mean")
            check(said["dipole_method"] == "selected", "method of those that have one", said)
            check(said["temperatures"][0]["minima"] == outcomes[1::2].count(0), extra, said["temperatures"])
    result = tektite("respond", "many.yaml", "respond={from: small, allow_unquenched: false}", "--out", "told")
    check("2 of these are descents that quench marked" in result.out and "kappa by selected\n" in result.out, result)


def parts(folder):
    rows = 0
    for path in Path(folder).glob("response.parts/*.configurations.h5"):
        try:
            with h5py.File(path, locking=False) as file:
                rows += file["configurations/frame"].shape[0]
        except (OSError, KeyError):
            pass
    return rows


def interrupted(found):
    for _ in range(3):  # until enough is left for what follows: a busy machine may let it run on
        shutil.rmtree("killed", ignore_errors=True)
        process = start("respond", "many.yaml", "--out", "killed", ranks=2)
        check(run_until(process, lambda: parts("killed") >= 4), "some configurations done:", parts("killed"))
        kill(process)
        finish(process, 20)
        done = parts("killed")
        if done <= N_FRAMES - 8:
            break
    check(4 <= done < N_FRAMES and not Path("killed/response.h5").exists(), "killed after", done)
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
        before = parts("killed")
        process = start("respond", "many.yaml", "--out", "killed", "--json")
        check(run_until(process, lambda: parts("killed") > before), "one more configuration than", before, parts("killed"))
        kill(process, number)
        result = finish(process, 60)
        check(result.code == 0 and result.json() == {"stopped": True} and not Path("killed/response.h5").exists(), number.name, result,
              "done at first, before, now:", done, before, parts("killed"))
        check(tektite("status", "killed").code == 3, "status after", number.name)
    shutil.copytree("killed", "damaged")
    part = next(Path("damaged/response.parts").glob("*.configurations.h5"))
    part.write_bytes(part.read_bytes()[:1500])
    result = tektite("respond", "many.yaml", "--out", "damaged")
    check(result.code == 3 and "--restart-from-scratch" in result.err, "damaged parts", result)
    result = tektite("respond", "many.yaml", "--out", "damaged", "--restart-from-scratch", "--json", ranks=2)
    check(result.code == 0 and same(tables("damaged"), found), "from scratch", result)
    for walltime, ranks in (("1", 3), ("600", 1)):
        result = tektite("respond", "many.yaml", "--out", "killed", "--json", "--max-walltime", walltime, ranks=ranks)
        check(result.code == 0, result)
    check(same(tables("killed"), found), "a killed and a stopped job give the same tables as one that was not",
          [k for k in found if not numpy.array_equal(tables("killed")[k], found[k], equal_nan=True)])
    result = tektite("respond", "many.yaml", "--out", "spread", ranks=3)
    check(result.code == 0 and same(tables("spread"), found), "three ranks", result)
    result = tektite("respond", "many.yaml", "--out", "killed", "--json", "respond.plane=average")
    check(result.code == 0 and abs(result.json()["G_mean"] / numpy.mean([found[f"configurations/G_{p}"] for p in ("xy", "xz", "yz")]) - 1)
          < 1e-12, "another input: done anew", result)
    check(Path("killed/response.h5.old-1").exists(), "the old result is kept")


def soft_spheres(x):
    """u', u'' of ipl2d [MODELS 1.1]."""
    c = 1.48
    c2, c4, c6 = 140 * c**-12, -120 * c**-14, 35 * c**-16
    return -10 * x**-11 + 2 * c2 * x + 4 * c4 * x**3 + 6 * c6 * x**5, 110 * x**-12 + 2 * c2 + 12 * c4 * x**2 + 30 * c6 * x**4


def sticky_spheres(x):
    """u', u'' of sticky_spheres [MODELS 1.4]."""
    a, b, c2, c4, c6 = (-106.99161352665233439, -304.91846905956693925, 1190.7096225600226587, -541.30013158755142424, 85.868493691471311707)
    core = x < 2 ** (1 / 6)
    return (numpy.where(core, -48 * x**-13 + 24 * x**-7, -12 * a * x**-13 + 6 * b * x**-7 + 2 * c2 * x + 4 * c4 * x**3 + 6 * c6 * x**5),
            numpy.where(core, 624 * x**-14 - 168 * x**-8, 156 * a * x**-14 - 42 * b * x**-8 + 2 * c2 + 12 * c4 * x**2 + 30 * c6 * x**4))


class Dense:
    """Hessian, Xi and U_gg of shear xy of a configuration, dense, with the pseudo-inverse of the Hessian."""

    def __init__(self, x, edges, species, slopes, cutoff, zero):
        n, dim = x.shape
        arm = x[None] - x[:, None]
        arm -= edges * numpy.rint(arm / edges)
        r, sigma = numpy.linalg.norm(arm, axis=2), numpy.array([[1, 1.18], [1.18, 1.4]])[numpy.ix_(species, species)]
        self.i, self.j = numpy.nonzero(numpy.triu(r < cutoff * sigma, 1))
        arm, r, sigma = arm[self.i, self.j], r[self.i, self.j], sigma[self.i, self.j]
        first, second = slopes(r / sigma)
        k1 = first / sigma / r
        k2 = (second / sigma**2 - k1) / r**2
        matrix, xi = numpy.zeros((n, dim, n, dim)), numpy.zeros((n, dim))
        for i, j, block in zip(self.i, self.j, k2[:, None, None] * arm[:, :, None] * arm[:, None] + k1[:, None, None] * numpy.eye(dim)):
            for a, b, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
                matrix[a, :, b] += sign * block
        pull = (k2 * arm[:, 0] * arm[:, 1])[:, None] * arm
        pull[:, 0] += k1 * arm[:, 1]
        pull[:, 1] += k1 * arm[:, 0]
        numpy.add.at(xi, self.j, pull)
        numpy.add.at(xi, self.i, -pull)
        values, vectors = numpy.linalg.eigh(matrix.reshape(n * dim, n * dim))
        is_zero = abs(values) < zero
        inverse = (vectors[:, ~is_zero] / values[~is_zero]) @ vectors[:, ~is_zero].T
        self.eigenvalues, self.matrix = values[~is_zero], matrix.reshape(n * dim, n * dim)
        self.g = ((k2 * (arm[:, 0] * arm[:, 1])**2 + k1 * arm[:, 1]**2).sum() - xi.ravel() @ inverse @ xi.ravel()) / numpy.prod(edges)
        self.kappa = numpy.empty(len(r))
        for k, (i, j) in enumerate(zip(self.i, self.j)):
            d = numpy.zeros((n, dim))
            d[j], d[i] = arm[k] / r[k], -arm[k] / r[k]  # its length drops out
            z = inverse @ d.ravel()
            self.kappa[k] = d.ravel() @ z / (z @ z)
        motion = vectors[:, is_zero].reshape(n, -1)  # how the zero modes move each particle
        self.is_solid = max((abs(motion - one).max(axis=1) < 1e-4 for one in motion), key=numpy.sum)  # those that move as one


def vectors(folder, found, rest, row, particles, dim):
    """Modes solve M v = omega^2 v, pseudoharmonic ones are stationary: M z = kappa/(4 S) zeta, and move most at their core."""
    def read(name, n):
        check(found[f"configurations/rows_{name}"][0] == n * particles and (f"{name}/z" in found) == (dim == 3), folder, name)
        check(numpy.array_equal(found[f"{name}/particle"].reshape(n, particles), numpy.tile(numpy.arange(particles), (n, 1))), "particles in order")
        check(numpy.array_equal(found[f"{name}/mode"], numpy.repeat(numpy.arange(n), particles)), "modes in order")
        v = numpy.stack([found[f"{name}/{axis}"] for axis in "xyz"[:dim]], axis=-1).reshape(n, particles, dim)
        check(numpy.all(v[:, ~numpy.isin(numpy.arange(particles), row)] == 0), folder, "a rattler moves in", name)
        return v[:, row].reshape(n, -1)

    v, scale = read("mode_vectors", 7), abs(rest.matrix).sum(axis=1).max()
    check(abs(v @ v.T - numpy.eye(7)).max() < 1e-10, folder, "orthonormal")
    off = abs(rest.matrix @ v.T - v.T * found["modes/omega"][:7] ** 2).max()
    check(off < 1e-10 * scale, folder, "M v = omega^2 v", off, scale)
    stiffness = found["pseudoharmonic/stiffness"]
    for k, z in enumerate(read("pseudoharmonic_vectors", min(7, len(stiffness)))):
        mz, apart = rest.matrix @ z, z.reshape(-1, dim)[rest.j] - z.reshape(-1, dim)[rest.i]
        squares, zeta = (apart**2).sum(axis=1), numpy.zeros((len(row), dim))
        numpy.add.at(zeta, rest.j, 4 * squares[:, None] * apart)
        numpy.add.at(zeta, rest.i, -4 * squares[:, None] * apart)
        check(abs(z @ z - 1) < 1e-12 and abs(z @ mz / stiffness[k] - 1) < 1e-9, folder, "z.M.z", k)
        check(abs(mz - stiffness[k] / (4 * (squares**2).sum()) * zeta.ravel()).max() < 1e-8 * abs(mz).max(), folder, "stationary", k)
        core = squares.argmax()
        check([found["pseudoharmonic/core_i"][k], found["pseudoharmonic/core_j"][k]] == [row[rest.i[core]], row[rest.j[core]]], folder, "core", k)


def rattlers():
    """Structures at low density against dense linear algebra. What the zero modes move otherwise than the most is a rattler."""
    for model, dim, particles, density, seed, slopes, cutoff, zero, least in (
            ("ipl2d", 2, 100, 0.36, 2, soft_spheres, 1.48, 1e-9, 2), ("sticky_spheres", 3, 250, 0.35, 1, sticky_spheres, 1.2 * 2**(1 / 6), 1e-7, 2)):
        folder = f"rattlers_{dim}d"
        Path(f"{folder}.yaml").write_text(
            f"model: {model}\nseed: {seed}\ncreate: {{particles: {particles}, density: {density}, start: random}}\n"
            f"quench: {{from: {folder}/start.h5md}}\nrespond: {{modes: 20, pseudoharmonic: 5, store_vectors: 7}}\n")
        if not check(all(tektite(verb, f"{folder}.yaml").code == 0 for verb in ("create", "quench")), folder):
            continue
        result = tektite("respond", f"{folder}.yaml", "--json")
        if not check(result.code == 0, folder, result):
            continue
        with h5py.File(f"{folder}/inherent.h5md") as file:
            home = file["particles/trajectory"]
            x, edges = home["position/value"][0][:, :dim], numpy.diag(home["box/edges/value"][0] if "value" in home["box/edges"] else
                                                                     home["box/edges"][()])[:dim]
            species = home["species"][()] if isinstance(home["species"], h5py.Dataset) else home["species/value"][0]
            species = (species - species.min()).astype(int)
        whole = Dense(x, edges, species, slopes, cutoff, zero)
        row = numpy.flatnonzero(whole.is_solid)
        rest = Dense(x[row], edges, species[row], slopes, cutoff, zero)
        n_out, found, said = particles - len(row), tables(folder), result.json()
        check(n_out >= least and said["rattlers"] == n_out and found["configurations/rattlers"][0] == n_out, folder, n_out, said)
        check(said["saddles"] == 0 and said["zero_modes"] == dim and len(rest.eigenvalues) == dim * (len(row) - 1), folder, said)
        check(abs(said["G_mean"] / whole.g - 1) < 1e-8, folder, "G with the rattlers in it", said["G_mean"], whole.g)
        check(abs(said["G_mean"] / rest.g - 1) < 1e-10, folder, "G", said["G_mean"], rest.g)
        check(numpy.array_equal(numpy.isnan(found["particles/kappa"]), ~whole.is_solid), folder, "who is a rattler")
        pairs = numpy.stack([row[rest.i], row[rest.j]])
        if check(numpy.array_equal(numpy.stack([found["dipoles/i"], found["dipoles/j"]]), pairs), folder, "pairs"):
            check(numpy.allclose(found["dipoles/kappa"], rest.kappa, rtol=1e-9, atol=0), folder, "kappa",
                  abs(found["dipoles/kappa"] / rest.kappa - 1).max())
        check(numpy.allclose(found["modes/omega"], numpy.sqrt(rest.eigenvalues[:20]), rtol=1e-9, atol=0), folder, "modes")
        softest = pairs[:, found["dipoles/kappa"].argsort()[:5]].T.tolist()
        starts = numpy.stack([found["pseudoharmonic/i"], found["pseudoharmonic/j"]], axis=1).tolist()
        check(len(starts) > 0 and all(s in softest for s in starts), folder, "softest pairs start modes", starts, softest)
        vectors(folder, found, rest, row, particles, dim)
        told = tektite("respond", f"{folder}.yaml")
        check(f"{n_out} rattlers in 1 configuration" in told.out, folder, told)


known_glasses()
rattlers()
methods()
refusals()
ensemble()
repeated()
marked()
check.finish()
