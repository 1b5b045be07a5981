#!/usr/bin/python3
"""Theory ecnle by the binary: rows for scripts, the same on any number of ranks, a stored S(q), wrong inputs, the figures and what
stands below them."""
import re
from pathlib import Path

import h5py
import numpy

from common import Checks, captions, differences, scratch, tektite

check = Checks()

COLUMNS = ["phi", "pressure", "r_L1", "r_B", "r_L2", "F_B1", "F_B2", "delta", "K0", "KB", "tau_s", "log10_tau_alpha", "log10_tau_star", "D"]


def write(text, name="theory.yaml"):
    Path(name).write_text(text)
    return name


def entry(keys):
    return f"theory:\n  - {{name: ecnle, {keys}}}\n"


def rows():
    result = tektite("theory", write(entry("phi: [0.4, 0.55, 0.6], pressure: [0, 1, 5], summary: false")), "--json", "--out", "rows")
    check(result.code == 0, result)
    states = result.json()["ecnle"]
    check(len(states) == 9 and all(list(s)[:14] == COLUMNS for s in states), states)
    check([(s["phi"], s["pressure"]) for s in states[:4]] == [(0.4, 0), (0.4, 1), (0.4, 5), (0.55, 0)], states)
    # the project's reference digits of phi = 0.6, P = 1
    expected = [0.6, 1, 0.0193516835, 0.4049947817, 2.999987966, 11.396574639, 2.715456131, 8.681118508, 7895.3570773, 27.55732238, 609.6569495,
                -7.135707480, -10.905943064, 2.168239890e-13]
    for name, value in zip(COLUMNS, expected):
        check(abs(states[7][name] - value) <= 3e-9 * abs(value), name, states[7][name], value)
    # flags, not numbers: no barrier at low density, no second minimum at P = 0, nothing but the localized state above the threshold
    check(all(states[0][key] is None for key in COLUMNS[2:10] + COLUMNS[11:]) and states[0]["has_barrier"] == 0, states[0])
    check(states[6]["F_B1"] > 11 and states[6]["r_L2"] is None and states[6]["log10_tau_star"] is None, states[6])
    check(states[8]["r_L1"] > 0.018 and states[8]["r_B"] is None and states[8]["D"] is None and states[8]["has_second_minimum"] == 0, states[8])


def ranks():
    text = entry("phi_range: [0.5, 0.64, 8], pressure: [0, 1], vft_window: [0.57, 0.64, 5]")
    for n in (0, 3):
        result = tektite("theory", write(text), "--out", f"ranks{n}", "--quiet", ranks=n)
        check(result.code == 0, result)
    check(differences("ranks0/theory.h5", "ranks3/theory.h5") == [], differences("ranks0/theory.h5", "ranks3/theory.h5"))
    with h5py.File("ranks0/theory.h5") as file:
        names = {"states", "limits", "free_energy", "structure_factor", "pair_function", "thermal", "summary"}
        check(set(file["ecnle"]) == names, list(file["ecnle"]))
        summary = {key: column[()] for key, column in file["ecnle/summary"].items()}
        check(abs(summary["phi_c"][0] - 0.43153515379) < 6e-12 and abs(summary["phi_glass"][0] - 0.6714302012) < 6e-11, summary)
        check(abs(summary["m"][0] - 67.18) < 0.006 and abs(summary["m"][1] - 66.51) < 0.006, summary["m"])
        check(numpy.allclose(summary["vft_cov_B_B"], summary["vft_B_error"] ** 2, rtol=1e-12), "covariance")
    result = tektite("plot", "ranks0/theory.h5", "--quiet")
    check(result.code == 0, result)
    for name in ["free_energy", "states", "thermal", "summary", "structure_factor", "limits"]:
        path = Path(f"ranks0/theory_ecnle_{name}.png")
        check(path.is_file() and path.stat().st_size > 5000, path)


def stored():
    """S(q) from a table of a results file, and from text; phi comes back, from the height of the peak on points 0.05 apart."""
    result = tektite("theory", write(entry("phi: 0.57, summary: false")), "--json", "--out", "source")
    wanted = result.json()["ecnle"][0]
    keys = "structure: {file: source/theory.h5, table: ecnle/structure_factor, s: S}, summary: false"
    result = tektite("theory", write(entry(keys)), "--json", "--out", "mapped")
    check(result.code == 0 and abs(result.json()["ecnle"][0]["phi"] - 0.57) < 1e-5, result)
    check(abs(result.json()["ecnle"][0]["F_B1"] - wanted["F_B1"]) < 3e-3, result)
    check("source/theory.h5" in tektite("explain", "mapped/theory.h5").out, "parents")
    with h5py.File("source/theory.h5") as file:
        q, s = file["ecnle/structure_factor/q"][()], file["ecnle/structure_factor/S"][()]
    numpy.savetxt("sq.txt", numpy.c_[2 * q, s], header="q S")  # a sphere half as wide
    result = tektite("theory", write(entry("structure: sq.txt, summary: false")), "--json", "--out", "text")
    check(result.code == 0 and abs(result.json()["ecnle"][0]["phi"] - 0.57) < 1e-5, result)
    with h5py.File("text/theory.h5") as file:
        check(abs(file["ecnle/states"].attrs["d_effective"] - 0.5) < 1e-4, "diameter")
    for name, row, message in [("nan", 100, "row 101 is not finite"), ("gap", slice(100, None), "a gap")]:
        broken = numpy.c_[q, s]
        if name == "nan":
            broken[row, 1] = numpy.nan
        else:
            broken[row, 0] += 1
        numpy.savetxt(f"{name}.txt", broken)
        refuse(f"structure: {name}.txt", message)


def captions_of(keys, out):
    result = tektite("theory", write(entry(keys)), "--out", out, "--quiet")
    check(result.code == 0, result)
    return captions(f"{out}/theory.h5", check)


def words_of_rows():
    """What a caption says does not hang on the order of the input."""
    up = captions_of("phi_range: [0.64, 0.67, 7], pressure: [0, 0.5, 1], vft_window: [0.57, 0.64, 4]", "up")
    down = captions_of("phi_range: [0.67, 0.64, 7], pressure: [1, 0.5, 0], vft_window: [0.57, 0.64, 4]", "down")
    check("on cooling: F_B1 rises (yes), F_B2 falls (yes), Δ rises (yes)" in up["states"], up["states"])
    check("100 s at phi = 0.6585 (here 10^-0.4" in up["thermal"] and "a fall at all phi" in up["thermal"], up["thermal"])
    check("The barrier appears at phi = 0.43154 (paper: 0.43)" in up["summary"] and "not reproduce" in up["summary"], up["summary"])
    for name in ("states", "thermal", "summary"):
        check(up[name] == down[name], up[name], down[name])
    by_pressure = captions_of("phi: [0.5, 0.6], pressure_range: [0.1, 4.9, 13], summary: false", "by_pressure")
    check("a rise up to phi = 0.5, a fall from 0.6 on" in by_pressure["thermal"], by_pressure["thermal"])
    check("phi = 0.6, P = 0.9: two minima and the barrier between them" in by_pressure["free_energy"], by_pressure["free_energy"])


def words_of_range():
    """Nothing is said of what was not computed."""
    below = captions_of("phi_range: [0.5, 0.64, 8], summary: false", "below")
    check("0.6585" not in below["thermal"] and "nan" not in " ".join(below.values()), below)
    check("one minimum and a barrier" in below["free_energy"] and "r_L2" not in below["free_energy"], below["free_energy"])
    above = captions_of("phi_range: [0.64, 0.67, 7], pressure: [0.5, 1], vft_window: [0.57, 0.64, 4]", "above")
    check("0.6585" not in above["thermal"] and "VFT" not in above["thermal"], above["thermal"])
    check("0.43" not in above["summary"] and "66.30" not in above["summary"], above["summary"])


def words_of_settings():
    """Other settings than the paper's are told, and not compared with it."""
    scan = "phi_range: [0.6, 0.66, 7], pressure: [0, 1], vft_window: [0.57, 0.64, 4]"
    for keys, word, names in [(scan + ", closure: verlet_weis", "Verlet-Weis", ("states", "thermal", "summary", "free_energy")),
                              (scan + ", elastic: true", "elastic barrier", ("states", "thermal", "summary", "free_energy")),
                              (scan + ", glass_time: 1000", "1000 s", ("states", "thermal", "summary", "free_energy")),
                              ("structure: sq.txt, pressure_range: [0, 2, 5]", "measured", ("states", "free_energy"))]:
        said = captions_of(keys, "settings")
        check(set(names) <= set(said) and ("thermal" in said) == ("thermal" in names), keys, said)
        for name in names:
            check(word in said[name] and not re.search(r"\(yes\)|\(no\)|\(paper", said[name]), keys, said[name])


def refuse(keys, message, code=2, ranks=0):
    result = tektite("theory", write(entry(keys), "wrong.yaml"), "--out", "nowhere", ranks=ranks)
    check(result.code == code and message in result.err, message, result)
    check((result.out + result.err).count("error:") == 1, "told once", result)


scratch()
rows()
ranks()
stored()
words_of_rows()
words_of_range()
words_of_settings()
refuse("phi: [0.5, 1]", "out of range", ranks=2)
refuse("phi: 0.5, pressure: -0.1", "out of range")
refuse("pressure: 1", "give one of phi", ranks=2)
refuse("structure: missing.txt", "no such file", 3, ranks=2)
check.finish()
