"""Figures of theory ecnle, called by plot_theory.py, with the paper's Figs. 1-5 in mind (Ngan, Phan, Zaccone, arXiv:2105.13007).

Below a figure stands what can be said about the paper's: the numbers are read from the tables, the printed ones are constants here. What
was computed with other settings than the paper's is not compared with it.
"""
import math
import textwrap

import matplotlib.pyplot as plt
import numpy as np

PRINTED = {"phi_g": 0.6585, "phi_onset": 0.43, "m": 66.30}  # of the paper; m: its VFT parameters in Eq. (15)
PRINTED_VFT = {"vft_ln_tau0": (-44.65, 0.6), "vft_B": (9062.25, 314.59), "vft_T0": (386.25, 4.73)}  # value, error
CLOSURES = {"percus_yevick": "Percus-Yevick spheres", "verlet_weis": "Verlet-Weis spheres", "measured": "a measured S(q)"}
SETTINGS = {  # of the paper: value, where a file does not tell, in words
    "is_elastic": (0, 0, "with the elastic barrier"), "is_measured": (0, 0, "chosen by a measured S(q)"),
    "glass_time": (100, 100, "tau_alpha(Tg) = {:g} s"), "tau_enskog": (1e-13, math.nan, "tau_E = {:g} s"),
    "diameter": (8e-10, math.nan, "d = {:g} m"), "phi_g": (PRINTED["phi_g"], math.nan, "phi(Tg) = {:.5g}"),
    "glass_temperature": (570, math.nan, "Tg = {:g} K"), "expansion": (6e-4, math.nan, "expansion {:g}/K")}
GRID = "probably because the coarse grid of the paper's S(q) acts like a higher phi"
AXIS = " T is a density axis (one Tg for all P); constant P d³/kT is not isobaric (P = 1: 16 MPa at 600 K)."


def colours():
    return plt.rcParams["axes.prop_cycle"].by_key()["color"]


def finish(axes, x, y):
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def caption(figure, text):
    """Below all axes, wrapped to the width of the figure."""
    width = int(figure.get_size_inches()[0] * 16.5)
    figure.caption = "\n".join(textwrap.wrap(text, width))  # for plot.py --captions
    figure.supxlabel(figure.caption, fontsize=8, x=0.01, ha="left", color="0.25")


def groups(columns, key, rows=None):
    """(value, columns of its rows) for each value of a column; rows of one pressure in order of phi, of one phi in order of pressure."""
    keep = np.ones(len(columns[key]), bool) if rows is None else rows
    other = {"pressure": "phi", "phi": "pressure"}.get(key)
    for value in dict.fromkeys(columns[key][keep]):
        chosen = np.flatnonzero(keep & (columns[key] == value))
        if other in columns:
            chosen = chosen[np.argsort(columns[other][chosen], kind="stable")]
        yield value, {name: column[chosen] for name, column in columns.items()}


def drawn(items):
    """As many as there are colours, evenly chosen, both ends among them."""
    n = min(len(items), len(colours()))
    return [items[k * (len(items) - 1) // max(1, n - 1)] for k in range(n)]


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
    for value, c in drawn(list(groups(columns, "phi" if x == "pressure" else "pressure"))):
        yield c[x], name.format(value), c


def yes(good):
    return "yes" if good else "no"


def trend(scans, key, word):
    """'F rises (yes)': whether a column does so along all scans; empty where no scan has two values of it."""
    sign = 1 if word == "rises" else -1
    steps = [sign * np.diff(scan[key][np.isfinite(scan[key])]) for scan in scans]
    steps = [step for step in steps if len(step) > 0]
    name = {"delta": "Δ", "log10_tau_alpha": "tau_alpha", "log10_tau_star": "tau*", "vft_m": "m of the VFT fit"}.get(key, key)
    return [f"{name} {word} ({yes(all(np.all(step > 0) for step in steps))})"] if steps else []


def setting(tables, key, missing=math.nan):
    tables = [tables[name] for name in ("states", "thermal", "summary", "limits") if name in tables]
    return next((table.attributes[key] for table in tables if key in table.attributes), missing)


def closure(tables):
    value = setting(tables, "closure", 0)
    return value if isinstance(value, str) else list(CLOSURES)[int(value)]


def other_settings(tables):
    """What is not as in the paper, in words; empty: its case."""
    words = [] if closure(tables) == "percus_yevick" else [CLOSURES.get(closure(tables), closure(tables))]
    for key, (printed, missing, word) in SETTINGS.items():
        value = setting(tables, key, missing)
        if not math.isnan(value) and not math.isclose(value, printed, rel_tol=1e-9):
            words.append(word.format(value))
    return ", ".join(words)


def opening(tables, what, figure):
    """First sentence of a caption, and whether the others compare with the paper."""
    other = other_settings(tables)
    return (f"{what} ({other}: not the paper's case, not compared with it).", False) if other else (f"{what} (paper: {figure}).", True)


def is_long(columns):
    return max(len(set(columns["pressure"])), len(set(columns["phi"]))) > 3


# ---- Fig. 1 -------------------------------------------------------------------------------------------------------------------

def mark_points(axes, state, colour):
    for key in ("r_L1", "r_B", "r_L2"):
        if np.isfinite(state[key]):
            axes.axvline(state[key], color=colour, alpha=0.6, lw=0.8, ls=":", zorder=0)
            name = {"r_L1": "$r_{L1}$", "r_B": "$r_B$", "r_L2": "$r_{L2}$"}[key]
            axes.annotate(name, (state[key], 0.02), xycoords=("data", "axes fraction"), fontsize=8, color="0.3")


def state_text(s):
    """The stationary points of one state."""
    if s.get("is_resolved", 1) == 0:
        return f"phi = {s['phi']:.4g}, P = {s['pressure']:.4g}: not resolved"
    minima = np.isfinite([s["r_L1"], s["r_L2"]]).sum()
    text = f"phi = {s['phi']:.4g}, P = {s['pressure']:.4g}: {('no minimum', 'one minimum', 'two minima')[minima]}"
    text += {0: ", no barrier", 1: " and a barrier", 2: " and the barrier between them"}[minima if np.isfinite(s["r_B"]) else 0]
    for key in ("r_L1", "r_B", "r_L2", "F_B1", "F_B2", "delta"):
        text += f", {key.replace('delta', 'Δ')} = {s[key]:.4g}" if np.isfinite(s[key]) else ""
        text += f" (3 kT/P d² = {3 / s['pressure']:.4g})" if key == "r_L2" and np.isfinite(s[key]) else ""
    return text


def figure_free_energy(tables):
    """F(r); the stationary points of the pressure next to the paper's 1 are marked, if possible of one that has both minima."""
    c, states = tables["free_energy"].columns, tables["states"].columns
    packings = drawn(list(dict.fromkeys(c["phi"])))
    figure, axes = plt.subplots(1, len(packings), figsize=(2 + 3.4 * len(packings), 4.2), squeeze=False)
    text, _ = opening(tables, "Dynamic free energy", "Fig. 1, two minima at phi = 0.60, P = 1")
    said = []
    for axis, phi in zip(axes[0], packings):
        pressures = sorted(groups(c, "pressure", c["phi"] == phi), key=lambda group: group[0])
        nearest = min(pressures, key=lambda group: abs(group[0] - 1))
        pressures = drawn(pressures)
        pressures[min(range(len(pressures)), key=lambda k: abs(pressures[k][0] - nearest[0]))] = nearest
        colour_of = {pressure: colours()[k] for k, (pressure, _) in enumerate(pressures)}
        for pressure, curve in pressures:
            axis.plot(curve["r"], curve["F"], color=colour_of[pressure], label=f"P = {pressure:g}")
        axis.set_xlim(0, 3.5)
        inside = (c["phi"] == phi) & (c["r"] > 0.008) & (c["r"] < 3.5)
        axis.set_ylim(np.nanmin(c["F"][inside]) - 1, np.nanpercentile(c["F"][inside & (c["r"] > 0.15)], 98) + 1.5)
        axis.set_title(rf"$\phi$ = {phi:g}")
        finish(axis, "displacement r/d", r"$F_{dyn}/k_BT$")
        rows = [{key: column[k] for key, column in states.items()} for k in np.flatnonzero(np.abs(states["phi"] - phi) < 1e-9)]
        rows = [row for row in rows if row["pressure"] in colour_of]
        if rows:
            marked = min(rows, key=lambda row: (not np.isfinite(row["r_L2"]), abs(row["pressure"] - 1)))
            mark_points(axis, marked, colour_of[marked["pressure"]])
            said.append(state_text(marked))
    axes[0][0].legend(loc="best")
    caption(figure, text + (f" Here, dotted: {'; '.join(said)}." if said else ""))
    return figure


# ---- Fig. 2 -------------------------------------------------------------------------------------------------------------------

ASKED = " Trends of the paper, and whether found here: "


def trends(columns):
    """Sentences about trends with pressure at fixed phi, and on cooling at fixed P > 0."""
    scans = {"with P": [c for _, c in groups(columns, "phi", columns["pressure"] > 0)]}
    if not is_scan_of_pressure(columns):
        scans["on cooling"] = [c for _, c in groups(columns, "pressure", columns["pressure"] > 0)]
    found = {way: trend(c, "F_B1", "rises") + trend(c, "F_B2", "falls") + trend(c, "delta", "rises") for way, c in scans.items()}
    found = "; ".join(f"{way}: " + ", ".join(words) for way, words in found.items() if words)
    return ASKED + found + "." if found else ""


def threshold_text(tables, highest):
    limits = tables["limits"].columns
    shown = [f"{p:.4f} ({phi:g})" for phi, p in zip(limits["phi"], limits["P_c"]) if p < highest]
    if not shown:
        return ""
    return (f" Above the threshold P_c = {', '.join(drawn(shown))} barrier and second minimum do not exist: curves end there, where the "
            "paper writes F_B2 = 0 and an infinite time.")


def barrier_text(tables, c):
    text, negative = trends(c), c["delta"] < 0
    if negative.any():
        text += (f" Not in the paper: Δ < 0 for {negative.sum()} states (up to phi = {c['phi'][negative].max():.3g}, P = "
                 f"{c['pressure'][negative].max():.3g}), where the second minimum is the lower one.")
    if is_scan_of_pressure(c):
        return text + threshold_text(tables, c["pressure"].max())
    return text + (AXIS if c["pressure"].max() > 0 else "")


def figure_barriers(tables):
    c = tables.get("thermal", tables["states"]).columns  # a measured liquid has no temperature of a metallic glass
    if not is_long(c):
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.3))
    title = scan_axis(c)[2]
    for colour, (x, name, curve) in zip(colours(), curves(c)):
        left.plot(x, curve["delta"], color=colour, label=name)
        right.plot(x, curve["F_B1"], color=colour, label=name)
        right.plot(x, curve["F_B2"], color=colour, ls="--")
    left.axhline(0, color="0.75", lw=0.8)
    right.plot([], [], color="0.2", label="$F_{B1}$")
    right.plot([], [], color="0.2", ls="--", label="$F_{B2}$")
    right.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4)  # above the axes: curves go everywhere inside
    finish(left, title, r"$\Delta/k_BT = (F_{B1} - F_{B2})/k_BT$")
    finish(right, title, r"$F_B/k_BT$")
    text, is_paper = opening(tables, "Barriers", "Fig. 2")
    caption(figure, text + (barrier_text(tables, c) if is_paper else ""))
    return figure


# ---- Figs. 3, 4 ---------------------------------------------------------------------------------------------------------------

def draw_vft(axes, thermal, summary):
    """The fit at P = 0, and the printed one, up to 100 s; what the caption says of them."""
    c = summary.columns
    row = np.flatnonzero(c["pressure"] == 0)[0]
    ours = [c[key][row] for key in PRINTED_VFT]
    printed = [value for value, _ in PRINTED_VFT.values()]
    temperature = np.linspace(540, thermal["T"].max(), 300)
    for (a, b, t0), style, name in ((ours, (0, (5, 2)), "VFT fit, P = 0"), (printed, (0, (1, 1)), "VFT printed in the paper")):
        level = (a + b / (temperature - t0)) / np.log(10)
        shown = (level < 2.5) & (temperature > t0)
        axes.plot(1000 / temperature[shown], level[shown], color="0.2", lw=1.0, ls=style, label=name)
    if not np.isfinite(ours).all():
        return ""
    is_near = all(abs(value - wanted) <= error for value, (wanted, error) in zip(ours, PRINTED_VFT.values()))
    first, last, shown = summary.scalar("vft_first_phi"), summary.scalar("vft_last_phi"), "{:.2f}, {:.0f} K, {:.2f} K"
    return (f" VFT in phi = {first:g} .. {last:g}, on which it depends: ln tau0, B, T0 = {shown.format(*ours)}; printed "
            f"{shown.format(*printed)}: within the printed errors ({yes(is_near)}).")


def glass_text(tables):
    """tau_alpha at the printed glass transition, where P = 0 has states at it or close on both sides."""
    thermal = tables["thermal"]
    good = (thermal.columns["pressure"] == 0) & np.isfinite(thermal.columns["log10_tau_alpha"])
    c = next((c for _, c in groups(thermal.columns, "pressure", good)), {"phi": np.array([])})
    wanted, reached = PRINTED["phi_g"], thermal.scalar("phi_g_self")
    below, above = c["phi"][c["phi"] <= wanted], c["phi"][c["phi"] >= wanted]
    if len(below) == 0 or len(above) == 0 or above[0] - below[-1] > 0.01 or not np.isfinite(reached):
        return ""
    level = np.interp(wanted, c["phi"], c["log10_tau_alpha"])
    if abs(level - 2) < 0.05:
        return ""
    return f" Not reproduced: 100 s at phi = {wanted} (here 10^{level:.2f} s, and 100 s at {reached:.5f}), {GRID}."


def star_text(columns):
    """How much tau* and F_B1 change on cooling where the second minimum is well above the first."""
    high = (columns["pressure"] > 0) & (columns["delta"] > 3)
    ranges = [(np.ptp(c["log10_tau_star"]), np.ptp(c["F_B1"]) / np.log(10)) for _, c in groups(columns, "pressure", high)]
    star, barrier = np.max(ranges, axis=0) if ranges else (0, 0)
    if barrier < 1 or star > 0.5 * barrier:
        return ""
    return f" Not reproduced: tau* like F_B1 on cooling: where Δ > 3, log10 tau* changes by {star:.1g}, F_B1/ln 10 by {barrier:.2g}."


def diffusion_text(columns):
    """D at the highest pressure that has one over D at the lowest, phi by phi."""
    gains = {phi: c["log10_D"][np.isfinite(c["log10_D"])] for phi, c in groups(columns, "phi")}
    gains = {phi: 10 ** (d[-1] - d[0]) for phi, d in gains.items() if len(d) > 1}
    if not gains:
        return ""
    up, down = [phi for phi, gain in gains.items() if gain > 1], [phi for phi, gain in gains.items() if gain <= 1]
    where = f"a {'rise' if up else 'fall'} at all phi"
    if up and down:
        where = f"a rise up to phi = {max(up):.4g}, a fall from {min(down):.4g} on"
    factors = " .. ".join(dict.fromkeys(f"{gain:.2g}" for gain in (max(gains.values()), min(gains.values()))))
    return f" D at the highest over D at the lowest P: {factors}, {where} (paper: minor enhancement)."


def pressure_text(columns):
    """How the times follow the pressure."""
    scans = [g for _, g in groups(columns, "phi", (columns["pressure"] > 0) & np.isfinite(columns["log10_tau_star"]))]
    words = trend(scans, "log10_tau_alpha", "rises") + trend(scans, "log10_tau_star", "falls")
    if not words:
        return ""
    lowest = [(np.argmin(g["log10_tau_star"]), g) for g in scans if len(g["phi"]) > 1]
    if is_scan_of_pressure(columns) and all(0 < k < len(g["phi"]) - 1 for k, g in lowest):
        turns = [g["pressure"][k] for k, g in lowest]
        words[1] = (f"tau* falls up to P = {min(turns):.2g} .. {max(turns):.2g} and rises before the threshold, where K_B -> 0 makes the "
                    "prefactor of Eq. (3) diverge")
    return "With P: " + ", ".join(words) + "."


def time_text(tables):
    c = tables["thermal"].columns
    good = np.isfinite(c["log10_tau_star"]) & (c["pressure"] > 0)
    text = ""
    if good.any():
        text = ASKED + f"tau* < tau_alpha ({yes(np.all(c['log10_tau_star'][good] < c['log10_tau_alpha'][good]))}). " + pressure_text(c)
    if is_scan_of_pressure(c):
        return text + diffusion_text(c)
    return text + glass_text(tables) + star_text(c) + diffusion_text(c)


def figure_times(tables):
    c = tables["thermal"].columns
    is_pressure = is_scan_of_pressure(c)
    if not is_long(c):
        return None
    figure, axes = plt.subplots(1, 3, figsize=(12.6, 4.5))
    for colour, (x, name, curve) in zip(colours(), curves(c)):
        x = x if is_pressure else 1000 / x
        for axis, key in zip(axes, ("log10_tau_alpha", "log10_tau_star", "log10_D")):
            if np.isfinite(curve[key]).any():
                axis.plot(x, curve[key], color=colour, label=name)
    text, is_paper = opening(tables, "Relaxation times and diffusion", "Figs. 3, 4")
    if is_paper:
        text += time_text(tables)
        if not is_pressure and "summary" in tables and 0 in c["pressure"]:
            text += draw_vft(axes[0], c, tables["summary"])
        if not is_pressure and c["pressure"].max() > 0:
            text += AXIS
    for axis, title in zip(axes, (r"$\log_{10}(\tau_\alpha/\mathrm{s})$", r"$\log_{10}(\tau^*_\alpha/\mathrm{s})$",
                                  r"$\log_{10}(D/\mathrm{m^2 s^{-1}})$")):
        finish(axis, scan_axis(c)[2] if is_pressure else "1000 K / T", title)
    if axes[0].lines:
        axes[0].legend(loc="best")
    caption(figure, text)
    return figure


# ---- Fig. 5 and the rest --------------------------------------------------------------------------------------------------------

def summary_text(c):
    """Of rows in order of pressure; the paper's numbers are of P = 0."""
    falls = trend([c], "m", "falls") + trend([c], "vft_m", "falls")
    m = c["m"][np.isfinite(c["m"])]
    is_between = np.all((m > 30) & (m < 100))
    text = ASKED + "with P: " + ", ".join(falls + [f"neither strong nor fragile, 30 < m < 100 ({yes(is_between)})"]) + "." if len(m) else ""
    if c["pressure"][0] != 0:
        return text
    zero = {key: column[0] for key, column in c.items()}
    if np.isfinite(zero["m"]):
        text += f" At P = 0 m = {zero['m']:.2f} directly"
        if np.isfinite(zero["vft_m"]):
            is_near = abs(zero["vft_m"] - PRINTED["m"]) < 1
            text += (f", {zero['vft_m']:.2f} by the VFT fit; the printed VFT parameters give {PRINTED['m']:.2f} by Eq. (15), which the fit "
                     f"{'reproduces' if is_near else 'does not reproduce'}")
        text += f". 100 s is reached at phi = {zero['phi_glass']:.5f} (paper: {PRINTED['phi_g']}, {GRID})."
    if np.isfinite(zero["phi_c"]):
        text += f" The barrier appears at phi = {zero['phi_c']:.5f} (paper: {PRINTED['phi_onset']})."
    return text + " Constant P d³/kT is not isobaric."


def figure_summary(tables):
    c = tables["summary"].columns
    order = np.argsort(c["pressure"])
    if len(order) < 2:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.3))
    for key, name in (("m", r"direct, anchor $\phi_g$"), ("m_self", "direct, self-consistent anchor"), ("vft_m", "by the VFT fit, Eq. (15)")):
        left.plot(c["pressure"][order], c[key][order], marker="o", label=name)
    right.plot(c["pressure"][order], c["phi_c"][order], marker="s", label=r"onset of the barrier $\phi_c$")
    right.plot(c["pressure"][order], c["phi_glass"][order], marker="o", label=rf"$\tau_\alpha$ = {setting(tables, 'glass_time', 100):g} s")
    for axis in (left, right):
        axis.margins(y=0.25)
        axis.legend(loc="best")
    finish(left, r"pressure $P\,d^3/k_BT$", "fragility m")
    finish(right, r"pressure $P\,d^3/k_BT$", r"packing fraction $\phi$")
    text, is_paper = opening(tables, "Fragility and glass transition", "Fig. 5")
    caption(figure, text + (summary_text({key: column[order] for key, column in c.items()}) if is_paper else ""))
    return figure


def figure_structure(tables):
    s, g = tables["structure_factor"].columns, tables["pair_function"].columns if "pair_function" in tables else None
    figure, axes = plt.subplots(1, 1 if g is None else 2, figsize=(5 if g is None else 9, 3.8), squeeze=False)
    for colour, (phi, c) in zip(colours(), drawn(list(groups(s, "phi")))):
        axes[0][0].plot(c["q"], c["S"], color=colour, label=rf"$\phi$ = {phi:.4g}")
    axes[0][0].set_xlim(0, 30)
    finish(axes[0][0], "q d", "S(q)")
    axes[0][0].legend(loc="best")
    text = f"Structure factor in use ({CLOSURES.get(closure(tables), closure(tables))})"
    if g is not None:
        axes[0][1].axhline(0, color="0.75", lw=0.8)
        for colour, (_, c) in zip(colours(), drawn(list(groups(g, "phi")))):
            axes[0][1].plot(c["r"], c["g"], color=colour)
        axes[0][1].set_xlim(0.9, 4)
        axes[0][1].set_ylim(min(-0.5, np.nanmin(g["g"])), 4)
        finish(axes[0][1], "r/d", "g(r)")
        negative = sorted({phi for phi, value in zip(g["phi"], g["g"]) if value < 0})
        if negative:
            text += (" and g(r), which is negative at its first minimum for phi = " + ", ".join(f"{phi:.4g}" for phi in negative)
                     + (": an artefact of PY above phi = 0.6126" if closure(tables) == "percus_yevick" else ""))
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
