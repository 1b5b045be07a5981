#!/usr/bin/python3
"""Theory ecnle_liquid by the binary: spheres come back from their own S(q), times in units of MD, flags, a chain from MD to the figure."""
import math
from pathlib import Path

import h5py
import numpy

from common import Checks, differences, scratch, tektite

check = Checks()


def write(text, name="theory.yaml"):
    Path(name).write_text(text)
    return name


def percus_yevick(phi, q):
    """S(q) of hard spheres."""
    l1, l2 = (1 + 2 * phi) ** 2 / (1 - phi) ** 4, -(1 + phi / 2) ** 2 / (1 - phi) ** 4
    s, c = numpy.sin(q), numpy.cos(q)
    direct = l1 * (s - q * c) / q ** 3 + 6 * phi * l2 * (2 * q * s + (2 - q ** 2) * c - 2) / q ** 4
    direct += 0.5 * phi * l1 * ((4 * q ** 2 - 24) * q * s - ((q ** 2 - 12) * q ** 2 + 24) * c + 24) / q ** 6
    return 1 / (1 + 24 * phi * direct)


def liquid(runs, keys="mapping: peak, density: 8.5"):
    return f"theory:\n  - {{name: ecnle_liquid, {keys}, runs: [{', '.join(runs)}]}}\n"


def near(value, wanted, error):
    return value is not None and abs(value - wanted) <= error


def tables():
    """Text tables of PY spheres half a unit wide; what theory ecnle says about them."""
    wanted = {}
    for phi in (0.4, 0.55, 0.57):
        text = f"theory: [{{name: ecnle, phi: {phi}, elastic: true, summary: false}}]\n"
        result = tektite("theory", write(text), "--json", "--out", f"phi{phi}")
        wanted[phi] = result.json()["ecnle"][0]
        with h5py.File(f"phi{phi}/theory.h5") as file:
            q, s = file["ecnle/structure_factor/q"][()], file["ecnle/structure_factor/S"][()]
        numpy.savetxt(f"sq{phi}.txt", numpy.c_[2 * q, s])
    return wanted


def enskog(temperature, density, diameter, mass):
    return math.sqrt(mass / (math.pi * temperature)) / (24 * density * diameter ** 2)


def times(wanted):
    """phi and d come back; tau_alpha is that of theory ecnle, but with the Enskog time of the liquid for its 1e-13 s."""
    runs = [f"{{temperature: {t}, structure: {{file: sq{phi}.txt}}, tau_alpha: {tau}}}"
            for t, phi, tau in ((2, 0.4, "0.3"), (0.7, 0.55, "{value: 20, error: 2}"), (0.5, 0.57, "50"))]
    text = liquid(runs, "mapping: peak, density: 8.5, mass: 4, elastic: true")
    for n in (0, 3):
        result = tektite("theory", write(text), "--json", "--out", f"times{n}", ranks=n)
        check(result.code == 0, result)
    check(differences("times0/theory.h5", "times3/theory.h5") == [], "ranks")
    rows = result.json()["ecnle_liquid"]
    check(len(rows) == 3 and [row["has_barrier"] for row in rows] == [0, 1, 1], rows)
    for row, phi in zip(rows, (0.4, 0.55, 0.57)):
        check(near(row["phi_eff"], phi, 1e-5) and near(row["d_eff"], 0.5, 1e-4), row)
        check(near(row["tau_E"], enskog(row["temperature"], 8.5, row["d_eff"], 4), 1e-12), row)
        check(near(row["log10_tau_s"], math.log10(wanted[phi]["tau_s"] * row["tau_E"]), 1e-3), row)
    # no barrier: tau_s, and nothing invented
    check(all(rows[0][key] is None for key in ("F_B", "log10_tau_theory", "difference", "r_B")) and near(rows[0]["log10_tau_md"], math.log10(0.3), 1e-12), rows[0])
    for row, phi in zip(rows[1:], (0.55, 0.57)):
        level = wanted[phi]["log10_tau_alpha"] + 13 + math.log10(row["tau_E"])
        check(near(row["F_B"], wanted[phi]["F_B1"], 3e-3) and near(row["log10_tau_theory"], level, 3e-3), row, level)
        check(near(row["difference"], row["log10_tau_theory"] - row["log10_tau_md"], 1e-12), row)
        check(near(row["log10_tau_md"] - row["log10_tau_md_t0"], math.log10(8.5 ** (-1 / 3) / (row["temperature"] / 4) ** 0.5), 1e-12), row)
    check(near(rows[1]["log10_tau_md_error"], 0.1 / math.log(10), 1e-12) and rows[2]["log10_tau_md_error"] is None, rows)
    with h5py.File("times0/theory.h5") as file:
        growth = {key: column[0] for key, column in file["ecnle_liquid/growth"].items()}
    slope = (rows[2]["log10_tau_theory"] - rows[1]["log10_tau_theory"]) / math.log10(50 / 20)
    check(growth["states"] == 2 and near(growth["slope"], slope, 1e-10), growth, slope)
    check(near(growth["mean_difference"], (rows[1]["difference"] + rows[2]["difference"]) / 2, 1e-12), growth)


def direct(wanted):
    """The same S(q) as it is: nothing where the table ends too early; else the barrier of the spheres; F(r) does not ask for d (but for
    the quadrature across the step of S at the end of the table), tau_s does."""
    density = 6 * 0.55 / (math.pi * 0.125)
    run = "{temperature: 0.7, structure: {file: sq0.55.txt}}"
    result = tektite("theory", write(liquid([run], f"mapping: direct, density: {density}")), "--json", "--out", "short")
    row = result.json()["ecnle_liquid"][0]
    check(row["is_resolved"] == 0 and row["missing"] > 0.1, row)
    check(all(row[key] is None for key in ("F_B", "has_barrier", "log10_tau_s", "log10_tau_theory")), row)
    q = numpy.arange(0.5, 150, 0.05)
    numpy.savetxt("long0.55.txt", numpy.c_[2 * q, percus_yevick(0.55, q)])
    run = "{temperature: 0.7, structure: {file: long0.55.txt}}"
    result = tektite("theory", write(liquid([run], f"mapping: direct, density: {density}")), "--json", "--out", "direct")
    row = result.json()["ecnle_liquid"][0]
    check(result.code == 0 and row["mapping"] == 2 and near(row["phi_eff"], 0.55, 1e-4) and row["log10_tau_md"] is None, row)
    check(row["missing"] > 0 and near(row["F_B"], wanted[0.55]["F_B1"], row["missing"] + 0.01), row, wanted[0.55]["F_B1"])
    result = tektite("theory", write(liquid([run], f"mapping: direct, density: {density}, diameter: 0.45")), "--json", "--out", "narrow")
    other = result.json()["ecnle_liquid"][0]
    check(near(other["F_B"], row["F_B"], 2e-4) and near(other["r_B"], row["r_B"], 1e-6) and other["log10_tau_s"] < row["log10_tau_s"], other["F_B"] - row["F_B"], other["r_B"] - row["r_B"])


def chain():
    """MD of a hot liquid, its analysis and the comparison by one command: all three mappings, a peak too low for a barrier."""
    text = ("model: ipl3d\ncreate: {particles: 400}\nrun:\n  stages:\n    - {name: melt, temperature: 4.0, time: 5}\n"
            "    - {name: T400, temperature: 4.0, time: 20, save: {spacing: log_blocks, block_time: 5, per_decade: 5}}\n"
            "analyze:\n  - {pass: self_motion, q: model}\n  - {pass: structure, q_high: 15}\n") + liquid(
        ["{temperature: 4, structure: structure/sq, tau_alpha: {table: self_motion/curves_A}}"], "density: 0.82")
    result = tektite("chain", write(text, "chain.yaml"), "--out", "chain", "--quiet")
    check(result.code == 0, result)
    with h5py.File("chain/theory.h5") as file:
        c = {key: column[()] for key, column in file["ecnle_liquid/comparison"].items()}
        growth = {key: column[()] for key, column in file["ecnle_liquid/growth"].items()}
    with h5py.File("chain/analysis.h5") as file:
        tau = file["self_motion/curves_A"].attrs["tau_alpha"]
    check(list(c["mapping"]) == [0, 1, 2] and numpy.all(c["log10_tau_md"] == math.log10(tau)), c["mapping"], tau)
    check(c["has_barrier"][0] == 0 and numpy.isnan(c["log10_tau_theory"][0]) and growth["states"][0] == 0, c, growth)
    check(numpy.all((c["phi_eff"] > 0.2) & (c["phi_eff"] < 0.6)) and c["phi_error"][0] > 0, c["phi_eff"], c["phi_error"])
    check(numpy.all(numpy.isfinite(c["log10_tau_s"])), c["log10_tau_s"])
    result = tektite("plot", "chain/theory.h5", "--quiet")
    path = Path("chain/theory_ecnle_liquid_comparison.png")
    check(result.code == 0 and path.is_file() and path.stat().st_size > 5000, result)


def refuse(runs, message, keys="mapping: peak, density: 8.5", code=2):
    result = tektite("theory", write(liquid(runs, keys), "wrong.yaml"), "--out", "nowhere")
    check(result.code == code and message in result.err, message, result)
    check(result.err.count("error:") == 1, "told once", result)


scratch()
spheres = tables()
times(spheres)
direct(spheres)
chain()
refuse(["{temperature: 1, structure: {file: sq0.55.txt}}"], "has no scalar 'compressibility'", "density: 8.5")
refuse(["{temperature: 1, structure: {file: missing.txt}}"], "no such file", code=3)
refuse(["{temperature: 1, structure: {file: sq0.55.txt}, tau_alpha: -1}"], "positive number")
refuse(["{temperature: 1, structure: {file: sq0.55.txt}, tau_alpha: {value: 1, from: tau.txt}}"], "not both")
refuse(["{temperature: 0, structure: {file: sq0.55.txt}}"], "out of range")
check.finish()
