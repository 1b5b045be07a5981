"""Figures of theory.h5, called by plot.py: one function per kind of table, registered in FIGURES.

A function gets the tables of one theory by the last part of their names, and beside them "facts" of the file, and returns a figure.
"""
import os
import re

import h5py
import matplotlib.pyplot as plt
import numpy as np

import plot_ecnle
from plot_ecnle import caption, colours, finish, groups


def plain_ticks(axis, values):
    """Ticks of a logarithmic axis written as plain numbers, where it spans little more than a decade."""
    low, high = sorted(axis.get_view_interval())
    axis.set_ticks([v for v in values if low <= v <= high])
    axis.set_major_formatter(lambda v, _: f"{v:g}")
    axis.set_minor_formatter(lambda v, _: "")


# ---- rate equations -----------------------------------------------------------------------------------------------------------

PROTOCOLS = {"Fits, points even in q": "Q", "Fits, points even in time": "T", "Fits, points even in ln t": "L",
             "Fits, points even in time up to t_max": "truncated"}
PRINTED_FITS = {1: ("0.81", "4.04"), 2.5: ("0.62", "33.9"), -0.8: ("1.21", "1.67"), -1.5: ("1.42", "2.62")}  # a: beta, tau of the paper


def protocol_text(tables, is_scan=True):
    """Which points were fitted."""
    fits = tables["fits"]
    name, end = PROTOCOLS.get(fits.title, "unknown"), fits.scalar("q_max")
    end = f" up to q = {end:g}" if np.isfinite(end) else ""
    text = f"fits of Eq. (8) by protocol {name} ({fits.title.removeprefix('Fits, ')}{end})"
    return text + (", here without t_max, which is T" if is_scan and name == "truncated" else "")


def printed_text(fits):
    """Whether the printed digits come back, of those a that round to the paper's."""
    said = []
    for a, (beta, tau) in PRINTED_FITS.items():
        k = np.argmin(np.abs(fits["a"] - a))
        if abs(fits["a"][k] - a) < 0.05:
            is_same = f"{fits['beta'][k]:.2f}" == beta and f"{fits['tau'][k]:#.3g}" == tau
            said.append(f"{abs(a)}: {beta}, {tau} ({'yes' if is_same else 'no'})")
    return f" Printed beta, tau, and whether found here: α = {'; '.join(said)}." if said else ""


def curve_rows(tables, wanted):
    """(a, columns of its curve, row of its fit) for every a that is wanted, in order of |a|."""
    curves, fits = tables["curves"].columns, tables["fits"].columns
    chosen = sorted((a for a in fits["a"] if wanted(a)), key=abs)
    for a in dict.fromkeys(chosen):
        rows = curves["a"] == a
        fit = np.flatnonzero(fits["a"] == a)[0]
        yield a, {key: column[rows] for key, column in curves.items()}, {key: column[fit] for key, column in fits.items()}


def draw_solutions(axes, rows, title, end):
    """Solid: solution; dashed: its fit. Times until the slowest one has reached q = end."""
    last = 0
    for k, (a, curve, fit) in enumerate(rows):
        colour = colours()[k % len(colours())]
        axes.plot(curve["t"], curve["q"], color=colour,
                  label=rf"$\alpha$ = {abs(a):.4g}:  $\beta$ = {fit['beta']:.3f},  $\tau$ = {fit['tau']:.4g}")
        axes.plot(curve["t"], curve["fit"], color="0.15", ls=(0, (4, 3)), lw=1.0)
        last = max(last, np.interp(end, curve["q"], curve["t"]))
    axes.plot([], [], color="0.15", ls=(0, (4, 3)), lw=1.0, label=r"fits $1 - e^{-(t/\tau)^\beta}$")
    axes.set_xlim(0, last)
    axes.set_ylim(0, 1.02)
    axes.set_title(title)
    axes.legend(loc="lower right")
    finish(axes, r"time $t/\tau_0$", "fraction of relaxed events q")


def figure_solutions(tables):
    kinds = [(list(curve_rows(tables, lambda a: a > 0)), "slowed down (SER)", 0.93), (list(curve_rows(tables, lambda a: a < 0)), "promoted (CER)", 0.995),
             (list(curve_rows(tables, lambda a: a == 0)), "no interaction (Debye)", 0.99)]
    kinds = [kind for kind in kinds if kind[0]]
    figure, axes = plt.subplots(1, len(kinds), figsize=(1 + 3.9 * len(kinds), 3.9), squeeze=False)
    for spot, (rows, title, end) in zip(axes[0], kinds):
        draw_solutions(spot, rows, title, end)
    caption(figure, f"Solutions (paper: Figs. 1a, 1b) and {protocol_text(tables, False)}.{printed_text(tables['fits'].columns)} The "
            "paper does not state its points: its digits come back only by protocol truncated, with t_max chosen and α within its "
            "rounding.")
    return figure


def figure_exponents(tables):
    c = tables["exponents"].columns
    figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.8))
    for k, (kind, name) in enumerate([("ser", "SER"), ("cer", "CER")]):
        for spot, key in zip(axes, ["beta", "tau_hat"]):
            spot.errorbar(c["temperature"], c[f"{kind}_{key}"], yerr=c[f"{kind}_{key}_error"], marker="os"[k], elinewidth=0.8, label=name)
    for spot in axes:
        spot.axhline(1, color="0.6", lw=0.8, ls=":")
    axes[1].set_yscale("log")
    plain_ticks(axes[1].yaxis, 2.0 ** np.arange(-20, 21))
    finish(axes[0], r"$T/V_1$", r"exponent $\beta$")
    finish(axes[1], r"$T/V_1$", r"$\tau\, e^{-V_0/T} / \tau_0$")
    axes[0].legend(loc="best")
    caption(figure, f"Exponents and times (paper: Fig. 2), {protocol_text(tables)}. beta depends on V1/T alone, V0 only "
            "scales the times. The paper does not state its points: the digits it prints with Fig. 1 come back only by protocol truncated.")
    return figure


def figure_crossover(tables):
    table = tables["crossover"]
    c = table.columns
    figure, axes = plt.subplots(figsize=(5.4, 4.1))
    axes.axhline(1, color="0.6", lw=0.8, ls=":")
    axes.plot(c["temperature"], c["beta"], marker="o", mfc="white", ms=4.5, lw=0.8, label=r"$\beta$")
    fine = np.geomspace(c["temperature"].min(), c["temperature"].max(), 400)
    weight = 1 / (np.exp(-table.scalar("A") * (1 / fine - 1 / table.scalar("T0"))) + 1)
    axes.plot(fine, weight, color=colours()[1], ls="--", label="f: weight of promoted events")
    if c["temperature"].max() > 5 * table.scalar("T0"):
        axes.set_xscale("log")
        plain_ticks(axes.xaxis, [m * 10.0 ** k for k in range(-12, 13) for m in (1, 2, 4, 6)])
    axes.set_ylim(0, None)
    axes.set_title(rf"$V_0$ = {table.scalar('V0'):g}, $V_1$ = {table.scalar('V1'):g}, A = {table.scalar('A'):g}, $T_0$ = {table.scalar('T0'):g}")
    axes.legend(loc="best")
    finish(axes, "temperature T", r"$\beta$,  f")
    caption(figure, f"Crossover on cooling (paper: Fig. 3), {protocol_text(tables)}; smallest beta {np.nanmin(c['beta']):.3f}. "
            "A and T0 are chosen: the paper leaves them out. No plateau at low T: a -> -V1/T, beta grows without bound.")
    return figure


def figure_elasticity(tables):
    c = tables["elasticity"].columns
    keys = [key for key in ("V1", "beta") if np.isfinite(c[key]).any()]
    figure, axes = plt.subplots(1, len(keys), figsize=(1.8 + 3.6 * len(keys), 3.8), squeeze=False)
    for spot, key in zip(axes[0], keys):
        spot.plot(c["d_el"], c[key], marker="o")
        spot.set_xscale("log")
        finish(spot, r"elasticity length $d_{el}$", {"V1": r"barrier change $V_1$", "beta": r"exponent $\beta$"}[key])
    rho = tables["elasticity"].scalar("rho")
    caption(figure, f"V1 from Eq. (5), rho_r = {rho:.3g}{'; ' + protocol_text(tables) if 'beta' in keys else ''}. Ambiguous in the "
            "paper: rho_r = 6 n_r/(π d0³) is n_r per sphere of diameter d0, but events are counted in one of radius d_el; V1 = 0 at d_el = "
            "d0/2, but the crossover is quoted at d_el = d0.")
    return figure


# ---- decays -------------------------------------------------------------------------------------------------------------------

def figure_decay(tables):
    """Data and forms, and what is left between them."""
    c = tables["decay"].columns
    error = c.get("value_error")
    forms = [key for key in c if key not in ("time", "value", "value_error") and np.isfinite(c[key]).any()]
    figure, (above, below) = plt.subplots(2, 1, figsize=(5.4, 5), sharex=True, height_ratios=[2.2, 1])
    above.errorbar(c["time"], c["value"], yerr=error, color="0.2", marker="o", ms=3, ls="none", elinewidth=0.8, label="data", zorder=0)
    positive = c["value"][c["value"] > 0]
    for k, form in enumerate(forms):
        colour = colours()[k % len(colours())]
        above.plot(c["time"], c[form], color=colour, label=form.replace("_", " "))
        below.plot(c["time"], c["value"] - c[form], color=colour, marker="o", ms=2.5, lw=0.8)
    worst = sorted(np.nanmax(np.abs(c["value"] - c[form])) for form in forms)  # some forms hold in a part of the range only
    spread = 1.2 * max(worst[min(1, len(worst) - 1)] if worst else 0, 1e-3 * np.max(np.abs(c["value"])))
    below.set_ylim(-spread, spread)
    below.axhline(0, color="0.6", lw=0.8)
    above.set_xscale("log")
    if len(positive) == len(c["value"]):
        above.set_yscale("log")
        above.set_ylim(0.5 * positive.min(), 1.6 * positive.max())
    above.legend(loc="lower left")
    finish(above, "", "decay")
    finish(below, "time t", "data − form")
    return figure


def figure_mittag_leffler(tables):
    """At most 15 decades before and 20 beyond x = 1, where the forms differ."""
    c = tables["mittag_leffler"].columns
    shown = (c["x"] >= 1e-15) & (c["x"] <= 1e20)
    if not shown.any():
        return None
    figure, axes = plt.subplots(figsize=(5, 3.6))
    for k, beta in enumerate(dict.fromkeys(c["beta"])):
        rows = (c["beta"] == beta) & shown
        order = np.argsort(c["x"][rows])
        x = c["x"][rows][order]
        axes.plot(x, c["value"][rows][order], color=colours()[k % len(colours())], marker="o", ms=3, label=rf"$\beta$ = {beta:g}")
        axes.plot(x, c["long_time"][rows][order], color=colours()[k % len(colours())], ls=":", lw=0.9)
    axes.set_xscale("log")
    axes.set_yscale("log")
    lowest = c["value"][shown & (c["value"] > 1e-22)].min(initial=1)
    axes.set_ylim(0.3 * lowest, 3)
    axes.set_xlim(0.5 * c["x"][shown].min(), 2 * c["x"][shown].max())
    axes.legend(loc="lower left")
    finish(axes, "x", r"$E_\beta(-x)$,  dotted: $1 / (x\,\Gamma(1-\beta))$")
    return figure


# ---- mesoelastic model ----------------------------------------------------------------------------------------------------------

def decays(facts, tau_alpha):
    """Fs of the runs with these tau_alpha: rows of time, Fs, threshold, from self_motion in analysis.h5 beside the file, or in its parents;
    None for a run whose curve is not there."""
    found = [None] * len(tau_alpha)

    def look(_, group):
        if not isinstance(group, h5py.Group) or not {"time", "fs"} <= set(group) or "tau_alpha" not in group.attrs:
            return
        for k in np.flatnonzero(np.isclose(tau_alpha, group.attrs["tau_alpha"], rtol=1e-12, atol=0)):
            found[k] = group["time"][()], group["fs"][()], float(group.attrs.get("tau_threshold", np.nan))

    beside = os.path.join(os.path.dirname(facts["path"]), "analysis.h5")
    for path in dict.fromkeys([*facts["parents"], beside]):
        try:
            with h5py.File(path, "r") as file:
                file.visititems(look)
        except OSError:  # of a file that has moved no curve is shown
            pass
    return found


def draw_decays(axes, c, curves):
    """Against t/t0; the colder, the darker."""
    shown = [k for k in range(len(curves)) if curves[k] is not None]
    shades = plt.get_cmap("plasma")(np.linspace(0.85, 0, len(shown)))
    for n, k in enumerate(shown):
        time, fs, threshold = curves[k]
        axes.plot(time * c["tau_reduced"][k] / c["tau_alpha"][k], fs, color=shades[n], marker="o", ms=2.5, lw=1.0,
                  label=f"T = {c['temperature'][k]:.4g}" if n % (1 + len(shown) // 9) == 0 else None)
        axes.axhline(threshold, color="0.6", lw=0.8, ls="--", zorder=0)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.legend(loc="lower left")
    finish(axes, r"$t/t_0$", r"$F_s(q_{max},t)$")


def draw_lines(axes, line, x):
    """The fit, and beside it the line of a reference, as far as the data go."""
    if np.isfinite(line["slope"]):
        # the jackknife sees one run that carries the slope, the propagated error does not: the larger of the two is honest
        error = np.fmax(line["length_error"], line["length_jackknife"]) if line["slope"] >= 0 else np.nan
        label = rf"fit: $\tilde\ell$ = {line['length']:.3g} ± {error:.1g},  $\tilde t$ = {line['time']:.2g}"
        axes.plot(x, np.exp(line["log_time"] + line["slope"] * x), color="0.2", ls="--", lw=1.0,
                  label=label if line["slope"] >= 0 else f"slope {line['slope']:.3g} < 0")
    length, time = line.get("reference_length", np.nan), line.get("reference_time", np.nan)
    if np.isfinite(length):
        limits = axes.get_ylim()
        axes.plot(x, time * np.exp(length ** 2 * x), color=colours()[1], ls="-.", lw=1.0,
                  label=rf"reference: $\tilde\ell$ = {length:.3g},  $\tilde t$ = {time:.2g}")
        axes.set_ylim(limits)


def figure_mesoelastic(tables):
    """A row of the paper's Fig. 4: Fs (where the files with the curves are there), tau_alpha, relative change of kappa and G, the line."""
    c, line = tables["runs"].columns, {key: column[0] for key, column in tables["line"].columns.items()}
    curves = decays(tables["facts"], c["tau_alpha"])
    n = 4 if any(curve is not None for curve in curves) else 3
    figure, axes = plt.subplots(1, n, figsize=(0.4 + 3.7 * n, 3.6))
    order = np.argsort(c["inverse_temperature"])
    c, curves = {key: column[order] for key, column in c.items()}, [curves[k] for k in order]
    fitted = c["fitted"] == 1
    if n == 4:
        draw_decays(axes[0], c, curves)
        axes = axes[1:]

    def points(spot, x, y, colour=0, x_error=None, **more):
        error = np.nan_to_num(c.get(f"{y}_error", np.zeros(len(order))))
        spot.errorbar(c[x], c[y], yerr=error, xerr=x_error, color=colours()[colour], elinewidth=0.8, **more)

    def hollow(spot, x):
        """Runs that are not fitted."""
        if not fitted.all():
            spot.plot(c[x][~fitted], c["tau_reduced"][~fitted], marker="o", ls="none", mfc="white", color=colours()[0], zorder=5,
                      label="not fitted")

    points(axes[0], "inverse_temperature", "tau_reduced", marker="o")
    hollow(axes[0], "inverse_temperature")
    axes[0].set_yscale("log")
    finish(axes[0], "1/T", r"$\tau_\alpha/t_0$")
    points(axes[1], "inverse_temperature", "kappa_change", marker="o", label=r"$\kappa$")
    if np.isfinite(c["G_change"]).any():
        points(axes[1], "inverse_temperature", "G_change", colour=1, marker="s", label="G")
    axes[1].legend(loc="upper left")
    finish(axes[1], "1/T", "relative change")
    points(axes[2], "kappa_reduced", "tau_reduced", x_error=np.nan_to_num(c["kappa_reduced_error"]), marker="o", ls="none")
    hollow(axes[2], "kappa_reduced")
    axes[2].set_yscale("log")
    draw_lines(axes[2], line, np.linspace(0, 1.05 * c["kappa_reduced"].max(), 2))
    if axes[2].get_legend_handles_labels()[0]:
        axes[2].legend(loc="lower right")
    finish(axes[2], r"$\kappa a_0^2/T$", r"$\tau_\alpha/t_0$")
    return figure


# ---- ecnle_liquid: the theory beside a simulation -------------------------------------------------------------------------------

MAPPINGS = ("same peak of S(q)", "same compressibility", "S(q) as it is")


def draw_theory(axes, x, c, colour, marker, name):
    """log10 tau_alpha of the theory; where it has none, tau_s as an open symbol."""
    has = np.isfinite(c["log10_tau_theory"])
    axes.errorbar(x[has], c["log10_tau_theory"][has], yerr=np.nan_to_num(c["log10_tau_theory_error"][has]), color=colour, marker=marker,
                  elinewidth=0.8, label=name)
    axes.plot(x[~has], c["log10_tau_s"][~has], ls="none", marker=marker, mfc="white", mec=colour)


def growth_text(c, growth):
    """What one mapping gives, in words and numbers."""
    name = MAPPINGS[int(growth["mapping"])]
    text = f" {name[0].upper()}{name[1:]}: phi = {c['phi_eff'].min():.3f} .. {c['phi_eff'].max():.3f}, "
    unsure = int(np.sum(c["is_resolved"] == 0))
    states = f"a barrier in {growth['states']:.0f} of {len(c['phi_eff'])} states"
    states += f" ({unsure} without where S(q) ends too early to be sure)" if unsure else ""
    if growth["states"] < 2:
        return text + states + "."
    slope, error = growth["slope"], growth["slope_error"]
    verdict, range_ = "as in MD", ""
    if np.isfinite(error):
        range_ = f" ± {error:.1g}"
        if abs(slope - 1) > 2 * error:
            verdict = "overestimated" if slope > 1 else "underestimated"
    return text + (f"{states}, F_B up to {np.nanmax(c['F_B']):.2g} kT; growth {verdict}: d log tau(theory) / d log tau(MD) = "
                   f"{slope:.2g}{range_}, mean log10 (theory/MD) = {growth['mean_difference']:+.2f}, spread about it {growth['spread']:.2f}.")


def figure_comparison(tables):
    """Relaxation time by the theory and by MD: against 1/T, and against each other."""
    table, growth = tables["comparison"], tables["growth"].columns
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.6))
    elastic = "with" if table.scalar("is_elastic") == 1 else "without"
    text = (f"ECNLE {elastic} elastic barrier from the measured S(q), no number fitted, against MD. Open: no barrier, the theory has tau_s only, "
            "no tau_alpha. Slopes by states with a barrier.")
    for k, (mapping, c) in enumerate(groups(table.columns, "mapping")):
        order = np.argsort(c["inverse_temperature"])
        c = {key: column[order] for key, column in c.items()}
        if k == 0:
            left.errorbar(c["inverse_temperature"], c["log10_tau_md"], yerr=np.nan_to_num(c["log10_tau_md_error"]), color="0.1", marker="o",
                          elinewidth=0.8, label="MD")
            right.plot(c["log10_tau_md"], c["log10_tau_md"], color="0.6", lw=0.9, ls="--", label="theory = MD")
        name, marker = MAPPINGS[int(mapping)], "s^D"[k % 3]
        for axes, x in ((left, "inverse_temperature"), (right, "log10_tau_md")):
            draw_theory(axes, c[x], c, colours()[k % len(colours())], marker, name)
        text += growth_text(c, {key: column[k] for key, column in growth.items()})
    finish(left, r"$1/T$", r"$\log_{10}\,\tau_\alpha$  [$\sigma(m/\epsilon)^{1/2}$]")
    finish(right, r"$\log_{10}\,\tau_\alpha$ of MD", r"$\log_{10}\,\tau_\alpha$ of the theory")
    left.legend(loc="upper left")
    right.legend(loc="upper left")
    caption(figure, text)
    return figure


# ---- which figure for which table -----------------------------------------------------------------------------------------------

FIGURES = {  # theory: {last part of the table's name: function, or None: no figure of its own}
    "rate_equations": {"fits": None, "curves": figure_solutions, "exponents": figure_exponents, "crossover": figure_crossover,
                       "elasticity": figure_elasticity},
    "relaxation_fit": {"forms": None, "decay": figure_decay},
    "mesoelastic": {"line": None, "runs": figure_mesoelastic},
    "mittag_leffler": {"mittag_leffler": figure_mittag_leffler},
    "ecnle": plot_ecnle.FIGURES,
    "ecnle_liquid": {"comparison": figure_comparison, "growth": None},
}


def split_name(name):
    """rate_equations_2/2_fits: theory rate_equations, entry rate_equations_2, table fits."""
    entry, _, last = name.partition("/")
    return re.sub(r"_\d+$", "", entry), entry, re.sub(r"^\d+_", "", last)


def is_theory(table):
    theory, _, last = split_name(table.name)
    return last in FIGURES.get(theory, {})


def figures(tables, facts):
    """(name, figure) of all theory tables."""
    entries = {}
    for table in filter(is_theory, tables):
        _, entry, last = split_name(table.name)
        entries.setdefault(entry, {})[last] = table
    for entry, group in entries.items():
        for last, table in group.items():
            draw = FIGURES[split_name(table.name)[0]][last]
            figure = draw({**group, "facts": facts}) if draw is not None and table.rows() > 0 else None
            if figure is not None:
                yield table.name, figure
