"""Figures of theory ecnle, called by plot_theory.py, with the paper's Figs. 1-5 in mind (Ngan, Phan, Zaccone, arXiv:2105.13007).

Below a figure stands what can be said about the paper's: the numbers are read from the tables, the printed ones are constants here.
"""
import textwrap

import matplotlib.pyplot as plt
import numpy as np

PRINTED = {"phi_g": 0.6585, "phi_onset": 0.43, "ln_tau0": -44.65, "B": 9062.25, "T0": 386.25}  # of the paper


def colours():
    return plt.rcParams["axes.prop_cycle"].by_key()["color"]


def finish(axes, x, y):
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def caption(figure, text):
    """Below all axes, wrapped to the width of the figure."""
    width = int(figure.get_size_inches()[0] * 16.5)
    figure.supxlabel("\n".join(textwrap.wrap(text, width)), fontsize=8, x=0.01, ha="left", color="0.25")


def groups(columns, key, rows=None):
    """(value, columns of its rows) for each value of a column."""
    keep = np.ones(len(columns[key]), bool) if rows is None else rows
    for value in dict.fromkeys(columns[key][keep]):
        chosen = keep & (columns[key] == value)
        yield value, {name: column[chosen] for name, column in columns.items()}


def is_scan_of_pressure(columns):
    return len(set(columns["pressure"])) > len(set(columns["phi"]))


def scan_axis(columns):
    """Which column runs, which one names the curves, and their titles."""
    if is_scan_of_pressure(columns):
        return "pressure", "phi", r"pressure $P\,d^3/k_BT$", r"$\phi$ = {:g}"
    return "T", "phi_or_pressure", "temperature T  [K]", "P = {:g}"


def curves(columns):
    """(x, label, columns) of each curve of a scan."""
    x, _, _, name = scan_axis(columns)
    for value, c in groups(columns, "phi" if x == "pressure" else "pressure"):
        yield c[x], name.format(value), c


def rises(values):
    good = values[np.isfinite(values)]
    return len(good) > 1 and bool(np.all(np.diff(good) > 0))


def yes(good):
    return "yes" if good else "no"


def is_paper(thermal):
    """The mapping to temperature is the paper's."""
    wanted = {"phi_g": PRINTED["phi_g"], "glass_temperature": 570, "expansion": 6e-4}
    return all(abs(thermal.scalar(key) - value) < 1e-9 * value for key, value in wanted.items())


def is_long(columns):
    return max(len(set(columns["pressure"])), len(set(columns["phi"]))) > 3


# ---- Fig. 1 -------------------------------------------------------------------------------------------------------------------

def mark_points(axes, state):
    for key in ("r_L1", "r_B", "r_L2"):
        if np.isfinite(state[key]):
            axes.axvline(state[key], color="0.75", lw=0.7, ls=":", zorder=0)
            name = {"r_L1": "$r_{L1}$", "r_B": "$r_B$", "r_L2": "$r_{L2}$"}[key]
            axes.annotate(name, (state[key], 0.02), xycoords=("data", "axes fraction"), fontsize=8, color="0.3")


def figure_free_energy(tables):
    c, states = tables["free_energy"].columns, tables["states"].columns
    packings = list(dict.fromkeys(c["phi"]))
    figure, axes = plt.subplots(1, len(packings), figsize=(2 + 3.4 * len(packings), 4.2), squeeze=False)
    said = []
    for axis, phi in zip(axes[0], packings):
        pressures = list(groups(c, "pressure", c["phi"] == phi))
        for k, (pressure, curve) in enumerate(pressures[::max(1, len(pressures) // 6)]):
            axis.plot(curve["r"], curve["F"], color=colours()[k % len(colours())], label=f"P = {pressure:g}")
        axis.set_xlim(0, 3.5)
        inside = (c["phi"] == phi) & (c["r"] > 0.008) & (c["r"] < 3.5)
        axis.set_ylim(np.nanmin(c["F"][inside]) - 1, np.nanpercentile(c["F"][inside & (c["r"] > 0.15)], 98) + 1.5)
        rows = np.flatnonzero((np.abs(states["phi"] - phi) < 1e-9) & (np.abs(states["pressure"] - 1) < 1e-9))
        axis.set_title(rf"$\phi$ = {phi:g}")
        finish(axis, "displacement r/d", r"$F_{dyn}/k_BT$")
        if len(rows):
            s = {key: column[rows[0]] for key, column in states.items()}
            mark_points(axis, s)
            said.append(f"phi = {s['phi']:.4g}, P = 1: r_L1 = {s['r_L1']:.4g}, r_B = {s['r_B']:.4g}, r_L2 = {s['r_L2']:.5g} (3 kT/P d² = 3), "
                        f"F_B1 = {s['F_B1']:.4g}, F_B2 = {s['F_B2']:.4g}, Δ = {s['delta']:.4g}.")
    axes[0][0].legend(loc="best")
    caption(figure, "Dynamic free energy (paper: Fig. 1, phi = 0.60, P = 1; two minima and the barrier between them reproduce). " + " ".join(said))
    return figure


# ---- Fig. 2 -------------------------------------------------------------------------------------------------------------------

def trends(columns):
    """Sentences about trends with pressure at fixed phi, and on cooling at fixed P > 0."""
    with_p = [c for _, c in groups(columns, "phi", columns["pressure"] > 0)]
    cooling = [c for _, c in groups(columns, "pressure", columns["pressure"] > 0)]
    text = []
    if with_p and len(with_p[0]["phi"]) > 1:
        text.append(f"With P: F_B1 rises ({yes(all(rises(c['F_B1']) for c in with_p))}), F_B2 falls "
                    f"({yes(all(rises(-c['F_B2']) for c in with_p))}), Δ rises ({yes(all(rises(c['delta']) for c in with_p))}).")
    if cooling and len(cooling[0]["phi"]) > 1 and not is_scan_of_pressure(columns):
        text.append(f"On cooling: F_B1 rises ({yes(all(rises(c['F_B1']) for c in cooling))}), F_B2 falls "
                    f"({yes(all(rises(-c['F_B2']) for c in cooling))}), Δ rises ({yes(all(rises(c['delta']) for c in cooling))}).")
    return " ".join(text)


def threshold_text(tables):
    limits = tables["limits"].columns
    shown = ", ".join(f"{p:.4f} ({phi:g})" for phi, p in zip(limits["phi"][:4], limits["P_c"][:4]))
    return (f"Above the threshold pressure P_c = {shown} barrier and second minimum do not exist: curves end there, where the paper writes "
            "F_B2 = 0 and an infinite time.")


def figure_barriers(tables):
    c = tables["thermal"].columns
    if not is_long(c):
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.3))
    title = scan_axis(c)[2]
    for k, (x, name, curve) in enumerate(curves(c)):
        colour = colours()[k % len(colours())]
        left.plot(x, curve["delta"], color=colour, label=name)
        right.plot(x, curve["F_B1"], color=colour, label=name)
        right.plot(x, curve["F_B2"], color=colour, ls="--")
    left.axhline(0, color="0.75", lw=0.8)
    right.plot([], [], color="0.2", label="$F_{B1}$")
    right.plot([], [], color="0.2", ls="--", label="$F_{B2}$")
    right.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4)  # above the axes: curves go everywhere inside
    finish(left, title, r"$\Delta/k_BT = (F_{B1} - F_{B2})/k_BT$")
    finish(right, title, r"$F_B/k_BT$")
    text = "Barriers (paper: Fig. 2). Trends of the paper, and whether they are found here: " + trends(c)
    negative = c["delta"] < 0
    if negative.any():
        text += (f" Not in the paper: Δ < 0 for {negative.sum()} states (low density, low pressure), where the second minimum is the lower one.")
    if is_scan_of_pressure(c):
        text += " " + threshold_text(tables)
    caption(figure, text)
    return figure


# ---- Figs. 3, 4 ---------------------------------------------------------------------------------------------------------------

def draw_vft(axes, thermal, summary):
    """The fit at the lowest pressure, and the printed one, up to 100 s."""
    row = np.argmin(summary["pressure"])
    ours = [summary[key][row] for key in ("vft_ln_tau0", "vft_B", "vft_T0")]
    temperature = np.linspace(540, thermal["T"].max(), 300)
    for (a, b, t0), style, name in ((ours, (0, (5, 2)), "VFT fit, P = {:g}".format(summary["pressure"][row])),
                                    ((PRINTED["ln_tau0"], PRINTED["B"], PRINTED["T0"]), (0, (1, 1)), "VFT printed in the paper")):
        level = (a + b / (temperature - t0)) / np.log(10)
        shown = (level < 2.5) & (temperature > t0)
        axes.plot(1000 / temperature[shown], level[shown], color="0.2", lw=1.0, ls=style, label=name)
    return ours


def turning_density(columns):
    """phi where the highest pressure no longer raises D; NaN if there is no such place."""
    at = {pressure: c for pressure, c in groups(columns, "pressure")}
    low, high = at[min(at)], at[max(at)]
    gain = high["log10_D"] - low["log10_D"]
    change = np.flatnonzero((gain[:-1] > 0) & (gain[1:] <= 0))
    return np.interp(0, -gain[change[0]:change[0] + 2], low["phi"][change[0]:change[0] + 2]) if len(change) else np.nan


def pressure_text(columns):
    """How the times follow the pressure."""
    scans = [g for _, g in groups(columns, "phi", columns["pressure"] > 0)]
    if len(scans[0]["phi"]) < 2:
        return ""
    lowest = [g["pressure"][np.nanargmin(g["log10_tau_star"])] for g in scans if np.isfinite(g["log10_tau_star"]).any()]
    text = f"With P: tau_alpha rises ({yes(all(rises(g['log10_tau_alpha']) for g in scans))}), tau* falls "
    falls = all(rises(-g["log10_tau_star"]) for g in scans)
    if falls or not is_scan_of_pressure(columns):
        return text + f"({yes(falls)}). "
    return text + (f"up to P = {min(lowest):.2g} .. {max(lowest):.2g} and rises before the threshold, where K_B -> 0 makes the prefactor of "
                   "Eq. (3) diverge. ")


def time_text(tables, is_pressure):
    thermal = tables["thermal"]
    c = thermal.columns
    good = np.isfinite(c["log10_tau_star"]) & (c["pressure"] > 0)
    text = "Relaxation times and diffusion (paper: Figs. 3, 4). Trends of the paper, and whether they are found here: "
    text += f"tau* < tau_alpha ({yes(np.all(c['log10_tau_star'][good] < c['log10_tau_alpha'][good]))}). " + pressure_text(c)
    if is_pressure or not is_paper(thermal):
        return text
    zero = c["pressure"] == np.min(c["pressure"])
    at = np.interp(PRINTED["phi_g"], c["phi"][zero], c["log10_tau_alpha"][zero])
    text += (f"Not reproduced: 100 s at phi = {PRINTED['phi_g']}: here log10 tau_alpha = {at:.2f} there, and 100 s at phi = "
             f"{thermal.scalar('phi_g_self'):.5f}. Not reproduced: tau* varies with T like F_B1; for Δ >> 1 it is nearly flat. ")
    turn = turning_density(c)
    if np.isfinite(turn):
        text += f"D rises with P below phi = {turn:.3f} only, and falls above (paper: minor enhancement)."
    return text


def figure_times(tables):
    thermal = tables["thermal"]
    c, is_pressure = thermal.columns, is_scan_of_pressure(thermal.columns)
    if not is_long(c):
        return None
    figure, axes = plt.subplots(1, 3, figsize=(12.6, 4.5))
    for k, (x, name, curve) in enumerate(curves(c)):
        x = x if is_pressure else 1000 / x
        for axis, key in zip(axes, ("log10_tau_alpha", "log10_tau_star", "log10_D")):
            if np.isfinite(curve[key]).any():
                axis.plot(x, curve[key], color=colours()[k % len(colours())], label=name)
    text = time_text(tables, is_pressure)
    if not is_pressure and is_paper(thermal) and "summary" in tables:
        ours = draw_vft(axes[0], c, tables["summary"].columns)
        text += "" if not np.isfinite(ours).all() else (f" VFT: ln tau0, B, T0 = {ours[0]:.2f}, {ours[1]:.0f} K, {ours[2]:.1f} K in the window phi = "
                 f"{tables['summary'].scalar('vft_first_phi'):g} .. {tables['summary'].scalar('vft_last_phi'):g}; printed "
                 f"{PRINTED['ln_tau0']}, {PRINTED['B']} K, {PRINTED['T0']} K: not reproduced, the fit depends on its window.")
    for axis, title in zip(axes, (r"$\log_{10}(\tau_\alpha/\mathrm{s})$", r"$\log_{10}(\tau^*_\alpha/\mathrm{s})$",
                                  r"$\log_{10}(D/\mathrm{m^2 s^{-1}})$")):
        finish(axis, scan_axis(c)[2] if is_pressure else "1000 K / T", title)
    axes[0].legend(loc="best")
    caption(figure, text)
    return figure


# ---- Fig. 5 and the rest --------------------------------------------------------------------------------------------------------

def figure_summary(tables):
    c = tables["summary"].columns
    order = np.argsort(c["pressure"])
    if len(order) < 2:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.3))
    for key, name in (("m", r"direct, anchor $\phi_g$"), ("m_self", "direct, self-consistent anchor"), ("vft_m", "by the VFT fit, Eq. (15)")):
        left.plot(c["pressure"][order], c[key][order], marker="o", label=name)
    right.plot(c["pressure"][order], c["phi_c"][order], marker="s", label=r"onset of the barrier $\phi_c$")
    right.plot(c["pressure"][order], c["phi_glass"][order], marker="o", label=r"$\tau_\alpha$ = 100 s")
    for axis in (left, right):
        axis.margins(y=0.25)
        axis.legend(loc="best")
    finish(left, r"pressure $P\,d^3/k_BT$", "fragility m")
    finish(right, r"pressure $P\,d^3/k_BT$", r"packing fraction $\phi$")
    falls = all(rises(-c[key][order]) for key in ("m", "vft_m"))
    zero = order[0]
    caption(figure, f"Fragility (paper: Fig. 5). Trends of the paper, and whether they are found here: it falls with P ({yes(falls)}), neither strong nor "
            f"fragile, 30 < m < 100 ({yes(np.all((c['m'] > 30) & (c['m'] < 100)))}). m at P = {c['pressure'][zero]:g}: {c['m'][zero]:.2f} directly, {c['vft_m'][zero]:.2f} by the VFT "
            f"fit; the printed VFT parameters give 66.30 by Eq. (15). The barrier appears at phi = {c['phi_c'][zero]:.5f} (paper: {PRINTED['phi_onset']}).")
    return figure


def figure_structure(tables):
    s, g = tables["structure_factor"].columns, tables["pair_function"].columns if "pair_function" in tables else None
    figure, axes = plt.subplots(1, 1 if g is None else 2, figsize=(5 if g is None else 9, 3.8), squeeze=False)
    for k, (phi, c) in enumerate(groups(s, "phi")):
        axes[0][0].plot(c["q"], c["S"], color=colours()[k % len(colours())], label=rf"$\phi$ = {phi:.4g}")
    axes[0][0].set_xlim(0, 30)
    finish(axes[0][0], "q d", "S(q)")
    axes[0][0].legend(loc="best")
    text = "Structure factor in use"
    if g is not None:
        axes[0][1].axhline(0, color="0.75", lw=0.8)
        for k, (phi, c) in enumerate(groups(g, "phi")):
            axes[0][1].plot(c["r"], c["g"], color=colours()[k % len(colours())])
        axes[0][1].set_xlim(0.9, 4)
        axes[0][1].set_ylim(min(-0.5, np.nanmin(g["g"])), 4)
        finish(axes[0][1], "r/d", "g(r)")
        negative = sorted({phi for phi, value in zip(g["phi"], g["g"]) if value < 0})
        if negative:
            text += (" and g(r), which is negative at its first minimum for phi = " + ", ".join(f"{phi:.4g}" for phi in negative)
                     + ": an artefact of PY above phi = 0.6126")
    caption(figure, text + ".")
    return figure


def figure_limits(tables):
    c = tables["limits"].columns
    if len(c["phi"]) < 4:
        return None
    figure, axes = plt.subplots(figsize=(5, 3.6))
    axes.plot(c["phi"], c["P_c"], marker="o" if len(c["phi"]) < 30 else "")
    finish(axes, r"packing fraction $\phi$", r"threshold pressure $P_c\,d^3/k_BT$")
    return figure


FIGURES = {"states": figure_barriers, "limits": figure_limits, "free_energy": figure_free_energy, "structure_factor": figure_structure,
           "pair_function": None, "thermal": figure_times, "summary": figure_summary}
