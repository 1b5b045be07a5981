#!/usr/bin/python3
"""The verb theory: rows for scripts, tables at stable paths, the same on any number of ranks, wrong inputs, fits of stored data, figures."""
import math
import re
import sys
from pathlib import Path

import h5py
import numpy
from scipy.special import erfcx

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import plot
import plot_theory
from common import Checks, captions, differences, scratch, tektite

check = Checks()

FIXED = """theory:
  - {name: rate_equations, a: [1.0, 2.5, -0.8], protocol: Q}
  - {name: mittag_leffler, beta: [0.5, 0.8], x: [0.1, 10]}
"""
FULL = """theory:
  - {name: rate_equations, points: 200, temperatures: [0.5, 1, 2], crossover: {temperatures: [0.06, 0.08, 0.2]},
     elasticity: {d_el: [0.5, 3], n_r: 0.1}}
  - {name: rate_equations, protocol: truncated, a: [1, -1.494], t_max: [8.4, 4.36]}
  - mittag_leffler
"""


def near(a, b, tolerance):
    return math.isclose(a, b, rel_tol=tolerance)


def write(text, name="theory.yaml"):
    Path(name).write_text(text)
    return name


def fixed_rows():
    result = tektite("theory", write(FIXED), "--json")
    check(result.code == 0, result)
    rows = result.json()
    check(list(rows) == ["rate_equations", "mittag_leffler"], list(rows))
    check([list(r) for r in rows["rate_equations"]] == [["a", "beta", "tau_hat"]] * 3, rows["rate_equations"])
    check([list(r) for r in rows["mittag_leffler"]] == [["beta", "x", "value"]] * 4, rows["mittag_leffler"])
    expected = [(1, 0.8155488776, 4.0481067), (2.5, 0.6262466381, 34.8598777), (-0.8, 1.1987776613, 1.6583166)]
    for row, (a, beta, tau) in zip(rows["rate_equations"], expected):
        check(row["a"] == a and abs(row["beta"] - beta) < 1e-9 and abs(row["tau_hat"] * math.exp(abs(a)) - tau) < 1e-6, row)
    expected = [(0.5, 0.1, 0.896456979969126637), (0.5, 10, 0.0561409927438225859), (0.8, 0.1, 0.899304768214485138), (0.8, 10, 0.0249028197619765374)]
    for row, (beta, x, value) in zip(rows["mittag_leffler"], expected):
        check(row["beta"] == beta and row["x"] == x and near(row["value"], value, 1e-13), row)


def tables():
    """Stable paths, nothing where there is nothing, the same for any number of ranks."""
    write(FULL, "full.yaml")
    for ranks in (0, 3):
        result = tektite("theory", "full.yaml", "--out", f"full{ranks}", "--quiet", ranks=ranks)
        check(result.code == 0 and result.out == "", ranks, result)
    check(differences("full0/theory.h5", "full3/theory.h5") == [], differences("full0/theory.h5", "full3/theory.h5"))
    with h5py.File("full0/theory.h5") as file:
        check(set(file["rate_equations"]) == {"fits", "curves", "exponents", "crossover", "elasticity"}, list(file["rate_equations"]))
        check(set(file["rate_equations_2"]) == {"2_fits", "2_curves"}, list(file["rate_equations_2"]))
        check(file["rate_equations/crossover/beta"][1] == 1, "beta at T0")
        check(numpy.isnan(file["rate_equations/elasticity/beta"]).all(), "no temperature, no fit")
        check(file["rate_equations/elasticity/V1"][0] == 0 and file["rate_equations/elasticity/V1"][1] > 0)
        check(numpy.nanmax(file["rate_equations/fits/ode_difference"][()]) < 1e-12)
        check(file["rate_equations/fits/tau_hat"].attrs["unit"] in (b"tau_0", "tau_0"), "unit")
    for name in ["fits", "2_fits", "curves", "exponents", "crossover", "elasticity", "mittag_leffler"]:
        check(Path(f"full0/{name}.txt").is_file(), name)
    result = tektite("chain", "full.yaml", "--out", "full0")
    check(result.code == 0 and "theory: up to date" in result.out, result)
    result = tektite("chain", "full.yaml", "theory[0].points=100", "--out", "full0", "--json")
    check(result.code == 0 and "rate_equations" in result.json()["theory"], result)


def figures():
    result = tektite("plot", "full0/theory.h5", "--quiet")
    check(result.code == 0, result)
    for name in ["rate_equations_curves", "rate_equations_exponents", "rate_equations_crossover", "rate_equations_elasticity",
                 "rate_equations_2_2_curves", "mittag_leffler_mittag_leffler"]:
        for ending in ("png", "svg"):
            path = Path(f"full0/theory_{name}.{ending}")
            check(path.is_file() and path.stat().st_size > 5000, path)
    said = captions("full0/theory.h5", check)
    for name in ["curves", "exponents", "crossover"]:
        check("protocol Q" in said[name], said[name])
    check("protocol truncated" in said["2_curves"] and "1.5: 1.42, 2.62 (yes)" in said["2_curves"], said["2_curves"])
    check("1.5: 1.42, 2.62 (no)" in said["curves"] and "only by protocol truncated" in said["curves"], said["curves"])
    check("A and T0 are chosen" in said["crossover"] and "No plateau" in said["crossover"], said["crossover"])
    check("Ambiguous" in said["elasticity"] and "diameter d0" in said["elasticity"], said["elasticity"])


def stored_decay():
    time = 2.5 * 10 ** (numpy.arange(26) / 5)
    decay = erfcx((time / 8000) ** 0.5)  # E_1/2
    numpy.savetxt("decay.txt", numpy.c_[time, decay, 0 * time + 0.01], header="t R error")
    text = """theory:
  - {name: relaxation_fit, from: decay.txt, fits: [{form: kww, squared: true}, mittag_leffler]}
  - {name: relaxation_fit, from: decay.txt, error: c2, weights: errors, fits: [mittag_leffler, {form: power_limit, t_min: 5e4}]}
"""
    result = tektite("theory", write(text, "fit.yaml"), "--out", "fit", "--json")
    check(result.code == 0, result)
    kww, ml = result.json()["relaxation_fit"]
    check(near(ml["tau"], 8000, 1e-10) and near(ml["beta"], 0.5, 1e-10) and ml["t_mean"] is None, ml)
    check(kww["beta"] < 0.45 and kww["chi2"] > 1e-3 and kww["t_mean"] > 0, kww)
    weighted, power = result.json()["relaxation_fit_2"]
    check(weighted["tau_error"] > 10 and near(weighted["tau"], 8000, 1e-10), weighted)
    check(power["points"] == 4 and 0.44 < power["beta"] < 0.5, power)
    check("decay.txt" in tektite("explain", "fit/theory.h5").out, "parents")
    # a table of a results file, its own output
    text = "theory: [{name: relaxation_fit, from: fit/theory.h5, table: relaxation_fit/decay, fits: [mittag_leffler]}]\n"
    result = tektite("theory", write(text, "again.yaml"), "--out", "again", "--json", ranks=2)
    check(result.code == 0 and near(result.json()["relaxation_fit"][0]["tau"], 8000, 1e-10), result)
    result = tektite("plot", "fit/theory.h5", "--quiet")
    check(result.code == 0 and Path("fit/theory_relaxation_fit_decay.png").is_file(), result)


def wide_figure():
    """Arguments over all numbers: a figure of where something happens, without warnings."""
    text = "theory: [{name: mittag_leffler, beta: [0.02, 0.6, 0.9, 1], x: [1e-300, 1e-5, 1, 10, 1e10, 1e100, 1e300]}]\n"
    result = tektite("theory", write(text, "wide.yaml"), "--out", "wide", "--json")
    check(result.code == 0 and all(0 <= row["value"] <= 1 for row in result.json()["mittag_leffler"]), result)
    result = tektite("plot", "wide/theory.h5", "--quiet")
    check(result.code == 0 and "Warning" not in result.err, result)


def strange_decays():
    """Data that do not decay have no fit, and say so in a moment; rows that cannot be used are counted."""
    time = numpy.arange(1, 27)
    text = "theory: [{{name: relaxation_fit, from: {0}.txt, fits: [kww, mittag_leffler]}}]\n"
    for name, values in [("constant", 0 * time + 1.0), ("rising", 0.2 + 0.02 * time), ("near_one", 0.999 + 1e-5 * time)]:
        numpy.savetxt(f"{name}.txt", numpy.c_[time, values])
        result = tektite("theory", write(text.format(name), "strange.yaml"), "--out", name, "--json")
        check(result.code == 0 and result.err.count("does not converge") == 2, name, result)
        for row, form in zip(result.json()["relaxation_fit"], ["kww", "mittag_leffler"]):
            check(all(row[key] is None for key in ("tau", "beta", "chi2", "t_mean")) and row["points"] == 26, name, row)
        result = tektite("plot", f"{name}/theory.h5", "--quiet")
        check(result.code == 0 and "Warning" not in result.err, name, result)
    numpy.savetxt("gaps.txt", numpy.c_[time, numpy.where(time % 5 == 0, numpy.nan, numpy.exp(-time / 7)), 0.01 * (time > 2)])
    text = "theory: [{name: relaxation_fit, from: gaps.txt, error: c2, weights: errors, fits: [kww]}]\n"
    result = tektite("theory", write(text, "strange.yaml"), "--out", "gaps", "--json")
    check("'c1': 5 of 26 rows left out" in result.err and "'c2': 2 of 26 rows left out" in result.err, result)
    row = result.json()["relaxation_fit"][0]
    check(row["form"] == "kww" and row["points"] == 19 and near(row["tau"], 7, 1e-9), row)


def line(x, y, x_error, y_error):
    """Slope and its error, intercept: weights of effective variances, iterated."""
    slope = 0
    for _ in range(8):
        w = 1 / (y_error ** 2 + (slope * x_error) ** 2)
        mean_x, mean_y = (w * x).sum() / w.sum(), (w * y).sum() / w.sum()
        spread = (w * (x - mean_x) ** 2).sum()
        slope = (w * (x - mean_x) * (y - mean_y)).sum() / spread
    return slope, spread ** -0.5, mean_y - slope * mean_x


def drawn(folder):
    """The figure of the runs."""
    tables, facts = plot.read_file(f"{folder}/theory.h5")
    return dict(plot_theory.figures(tables, facts))["mesoelastic/runs"]


def mesoelastic():
    generator = numpy.random.default_rng(5)
    temperature = numpy.array([0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0, 1.2, 3.0])
    density, length, time = 0.82, 0.4, 0.1
    a0 = density ** (-1 / 3)
    kappa = 30 + 40 * numpy.exp(-(temperature - 0.5) / 0.25)
    tau = time * numpy.exp(length ** 2 * kappa * a0 ** 2 / temperature) * a0 / temperature ** 0.5
    noisy_tau, noisy_kappa = tau * (1 + 0.05 * generator.standard_normal(9)), kappa * (1 + 0.01 * generator.standard_normal(9))
    shear = 10 + 3 * numpy.exp(-(temperature - 0.5) / 0.3)

    def text(tau, kappa, errors, more=""):
        lines = [f"      - {{temperature: {t}, tau_alpha: {{value: {float(a)!r}{', error: %r' % float(0.05 * a) if errors else ''}}}, "
                 f"kappa: {{value: {float(k)!r}{', error: %r' % float(0.01 * k) if errors else ''}}}, G: {float(g)!r}}}"
                 for t, a, k, g in zip(temperature, tau, kappa, shear)]
        return f"theory:\n  - name: mesoelastic\n    density: {density}\n{more}    runs:\n" + "\n".join(lines) + "\n"

    result = tektite("theory", write(text(tau, kappa, False), "exact.yaml"), "--json")
    check(result.code == 0, result)
    row = result.json()["mesoelastic"][0]
    check(near(row["length"], length, 1e-12) and near(row["time"], time, 1e-10), row)
    check(row["runs"] == 8 and row["weighted"] == 0 and row["rms"] < 1e-12, "the run at T = 3 is faster than 10 t0", row)
    check("not fitted: 1 of 9 runs, T = 3\n" in result.err, result.err)
    same = ", ".join(["{temperature: 1, tau_alpha: 50, kappa: 30}"] * 3)
    falling = ", ".join(f"{{temperature: 1, tau_alpha: {50 * k}, kappa: {30 / k}}}" for k in (1, 2, 3))
    for name, runs, message in [("same", same, "all fitted runs have the same"), ("falling", falling, "no length, no time")]:
        result = tektite("theory", write(f"theory: [{{name: mesoelastic, density: 1, runs: [{runs}]}}]\n", "odd.yaml"), "--json", "--out", name)
        row = result.json()["mesoelastic"][0]
        check(result.code == 0 and result.err.count("warning") == 1 and message in result.err, result)
        check(all(row[key] is None for key in ("length", "length_error", "time", "time_error")), row)
        check((row["slope"] is None) == (name == "same") and (name == "same" or row["slope"] < 0), row)
        result = tektite("plot", f"{name}/theory.h5", "--quiet")
        check(result.code == 0 and "Warning" not in result.err, result)
    result = tektite("theory", write(text(noisy_tau, noisy_kappa, True), "noisy.yaml"), "--json")
    row = result.json()["mesoelastic"][0]
    t0 = a0 / temperature ** 0.5
    used = noisy_tau >= 10 * t0
    x, y = (noisy_kappa * a0 ** 2 / temperature)[used], numpy.log(noisy_tau / t0)[used]
    slope, error, intercept = line(x, y, 0.01 * x, numpy.full(len(x), 0.05))
    check(near(row["slope"], slope, 1e-12) and near(row["slope_error"], error, 1e-10) and near(row["log_time"], intercept, 1e-10), row)
    check(near(row["length"] ** 2, slope, 1e-12) and near(row["time"], math.exp(intercept), 1e-10), row)
    check(abs(row["length"] - length) < 4 * row["length_error"], row)
    check(0.2 < row["length_jackknife"] / row["length_error"] < 5, row)
    x, y = (kappa * a0 ** 2 / temperature)[used], numpy.log(tau / t0)[used]
    fits = [line(x * (1 + 0.01 * generator.standard_normal(len(x))), y + 0.05 * generator.standard_normal(len(x)), 0.01 * x, 0.05 + 0 * x)
            for _ in range(2000)]
    check(near(numpy.std([fit[0] for fit in fits]), row["slope_error"], 0.1), "spread of synthetic data", row)
    # the same numbers from results files: a relaxation_fit table stands for analysis.h5
    with h5py.File("noisy/theory.h5") as file:
        check(near(file["mesoelastic/runs/kappa_change"][7], 1 * noisy_kappa[7] / noisy_kappa[8], 1e-12))
        check(file["mesoelastic/runs/fitted"][8] == 0)
    stored = ", ".join(f"{{temperature: {t}, tau_alpha: {{from: noisy/theory.h5, table: mesoelastic/runs, name: tau_alpha, match: temperature}}, "
                       f"kappa: {{from: noisy/theory.h5, table: mesoelastic/runs, name: kappa, match: temperature}}}}" for t in temperature)
    result = tektite("theory", write(f"theory: [{{name: mesoelastic, density: {density}, runs: [{stored}]}}]\n", "stored.yaml"), "--json", ranks=2)
    again = result.json()["mesoelastic"][0]
    slope = numpy.polyfit((noisy_kappa * a0 ** 2 / temperature)[used], numpy.log(noisy_tau / t0)[used], 1)[0]
    check(near(again["slope"], slope, 1e-10) and again["weighted"] == 0, again)
    result = tektite("plot", "noisy/theory.h5", "--quiet")
    check(result.code == 0 and Path("noisy/theory_mesoelastic_runs.png").is_file(), result)
    check(row["reference_length"] is None and row["reference_time"] is None and len(drawn("noisy").axes) == 3, "no reference, no Fs", row)
    given = text(noisy_tau, noisy_kappa, True, "    reference: {length: 0.4, time: 0.1}\n")
    result = tektite("theory", write(given, "beside.yaml"), "--json")
    again = result.json()["mesoelastic"][0]
    check(again.pop("reference_length") == 0.4 and again.pop("reference_time") == 0.1, again)
    check(all(again[key] == row[key] for key in again), "the reference enters nothing", again, row)
    result = tektite("theory", "beside.yaml")
    head, values = result.out.splitlines()[1:3]
    check(head.split() == list(row) and len(head) == len(values), "whole names over their columns", result)
    with h5py.File("beside/theory.h5") as file:
        check(near(file["mesoelastic/runs/tau_reference"][3], 0.1 * math.exp(0.16 * noisy_kappa[3] * a0 ** 2 / temperature[3]), 1e-12))
    with h5py.File("beside/analysis.h5", "w") as file:  # curves of three runs, and one of another
        for k, value in enumerate([*noisy_tau[:3], 7.0]):
            group = file.create_group(f"self_motion_{k}/{k}_curves_B")
            group.attrs["tau_alpha"], group.attrs["tau_threshold"] = value, 0.2
            group["time"] = numpy.geomspace(0.01 * value, 10 * value, 30)
            group["fs"] = numpy.exp(-group["time"][()] / value * math.log(5))
    axes = drawn("beside").axes
    curves = [line for line in axes[0].lines if len(line.get_xdata()) == 30]
    check(len(axes) == 4 and len(curves) == 3, "Fs of the runs that have a curve", len(axes), len(curves))
    for curve, value in zip(curves, (noisy_tau / t0)[2::-1]):
        check(near(numpy.interp(-0.2, -curve.get_ydata(), curve.get_xdata()), value, 0.1), "Fs is 0.2 at tau_alpha/t0", value)
    told = {line.get_label(): line.get_xydata() for line in axes[3].lines}
    ours, theirs = (next((xy for name, xy in told.items() if name.startswith(word)), None) for word in ("fit", "reference"))
    if check(ours is not None and theirs is not None, "two lines", list(told)):
        for xy, slope, intercept in ((ours, row["slope"], row["log_time"]), (theirs, 0.16, math.log(0.1))):
            check(near(numpy.log(xy[1, 1]), intercept + slope * xy[1, 0], 1e-10), "line", xy)
        check(any("0.4" in name and "0.1" in name for name in told), "its numbers are told", list(told))


def wrong():
    def expect(text, message, code=2, verb="theory", ranks=0):
        result = tektite(verb, write(text, "wrong.yaml"), "--out", "nowhere", ranks=ranks)
        check(result.code == code and message in result.out + result.err, message, result)
        check(len(re.findall(r"^(?:\S+:\d+:\d+|tektite): error:", result.err, re.M)) == 1, "told once", result)

    def entry(text):
        return f"theory: [{{{text}}}]\n"

    expect("seed: 1\n", "model")
    expect(entry("name: rate_equation"), "did you mean 'rate_equations'")
    expect(entry("phi: 1"), "missing key 'name'", ranks=2)
    expect("theory: []\n", "the theory list is empty")
    expect("seed: 1\n", "the theory list is empty")
    expect(entry("name: relaxation_fit, from: fit/theory.h5"), "wrong.yaml:1:")
    Path("unusable.txt").write_text("1 2 0\n2 1 0\n3 nan 0\n")
    expect(entry("name: relaxation_fit, from: unusable.txt, error: c2, weights: errors"), "column 'c2': 3 of 3 rows")
    Path("unusable.txt").write_text("1 nan\n2 nan\n3 nan\n")
    expect(entry("name: relaxation_fit, from: unusable.txt"), "column 'c1': 3 of 3 rows")
    expect("theory: []\nmodel: ipl3d\n", "nothing to do")
    expect(FIXED, "model", verb="run")
    expect(FIXED, "model", verb="create")
    expect(FIXED, "model", verb="evaluate", ranks=2)
    expect(FIXED + "analyze: [{pass: self_motion}]\n", "model")
    expect(entry("name: rate_equations, a: [1, 1000]"), "1000")
    expect(entry("name: rate_equations, protocol: W"), "truncated")
    expect(entry("name: rate_equations, protocol: truncated"), "t_max")
    expect(entry("name: rate_equations, protocol: truncated, a: [1, 2, 3], t_max: [1, 2]"), "t_max")
    expect(entry("name: rate_equations, t_max: 3"), "truncated")
    expect(entry("name: rate_equations, elasticity: {d_el: 1}"), "rho or n_r")
    expect(entry("name: rate_equations, elasticity: {d_el: 0.3, n_r: 1}"), "d0/2", ranks=2)
    expect(entry("name: rate_equations, crossover: {temperatures: [1e-4]}"), "beyond")
    expect(entry("name: mittag_leffler, beta: 1.2"), "beta")
    expect(entry("name: mittag_leffler, x: -1"), "x")
    expect(entry("name: relaxation_fit"), "table")
    expect(entry("name: relaxation_fit, from: gone.txt"), "gone.txt", code=3, ranks=2)
    expect(entry("name: relaxation_fit, from: decay.txt, value: c9"), "c0, c1, c2")
    expect(entry("name: relaxation_fit, from: decay.txt, fits: [gauss]"), "kww")
    expect(entry("name: relaxation_fit, from: decay.txt, weights: errors"), "column of the errors")
    expect(entry("name: relaxation_fit, from: decay.txt, fits: [{form: kww, t_min: 2e5}]"), "points")
    expect(entry("name: relaxation_fit, from: decay.txt, fits: [{form: power_limit, amplitude: free}]"), "amplitude")
    expect(entry("name: relaxation_fit, from: fit/theory.h5, table: relaxation_fit/none"), "none", code=3)
    run = "{temperature: 1, tau_alpha: 50, kappa: 30}"
    expect(entry(f"name: mesoelastic, runs: [{run}]"), "density")
    expect(entry(f"name: mesoelastic, density: 1, runs: [{run}]"), "a line needs two")
    expect(entry("name: mesoelastic, density: 1, runs: [{temperature: 1, tau_alpha: 50, kappa: {value: 1, from: x.h5}}]"), "not both")
    expect(entry("name: mesoelastic, density: 1, runs: [{temperature: 1, tau_alpha: -5, kappa: 1}]"), "positive")
    expect(entry(f"name: mesoelastic, density: 1, reference: {{length: 0.4}}, runs: [{run}]"), "missing key 'time'")
    stored = "{temperature: 1.7, kappa: 1, tau_alpha: {from: noisy/theory.h5, table: mesoelastic/runs, name: %s}}"
    expect(entry(f"name: mesoelastic, density: 1, runs: [{stored % 'mu'}]"), "'mu'")
    expect(entry(f"name: mesoelastic, density: 1, runs: [{stored % 'kappa, match: temperature'}]"), "no row with temperature = 1.7")
    Path("rubbish.txt").write_text("1 2\n3 four\n")
    expect(entry("name: relaxation_fit, from: rubbish.txt"), "rubbish.txt:2", code=3)
    Path("ragged.txt").write_text("1 2\n3 4 5\n")
    expect(entry("name: relaxation_fit, from: ragged.txt"), "ragged.txt:2", code=3)
    Path("empty.txt").write_text("# nothing\n")
    expect(entry("name: relaxation_fit, from: empty.txt"), "empty.txt", code=3)


scratch()
fixed_rows()
tables()
figures()
stored_decay()
wide_figure()
strange_decays()
mesoelastic()
wrong()
check.finish()
