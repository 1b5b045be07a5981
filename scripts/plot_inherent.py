"""Figures of inherent structures, called by plot.py: inherent.h5 and the tables of pass transitions, with Fig. 5 of Kapteijns et al. (2021) in
mind (arXiv:2103.11404); and what these figures share with those of plot_response.py.
"""
import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from plot_theory import colours, finish

THERMAL = ["#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00"]  # cold to hot; more temperatures than these share a colour map
ON_WHITE = {"frameon": True, "facecolor": "white", "edgecolor": "none", "framealpha": 1}
GREY = "0.6"
TIME = r"time t  [$\sigma\sqrt{m/\varepsilon}$]"


# ---- temperatures of the parents ------------------------------------------------------------------------------------------------

def temperatures_of(column):
    """Distinct values, the highest first; nan (unknown) last."""
    known = np.unique(column[np.isfinite(column)])[::-1]
    return np.append(known, np.nan) if np.isnan(column).any() else known


def at_temperature(column, temperature):
    return np.isnan(column) if np.isnan(temperature) else column == temperature


def shades(temperatures):
    """A colour for each temperature, hot to cold."""
    n = len(temperatures)
    if n <= len(THERMAL):
        return [THERMAL[k] for k in {1: [0], 2: [4, 0], 3: [4, 2, 0], 4: [4, 3, 2, 0]}.get(n, [4, 3, 2, 1, 0])]
    return list(plt.get_cmap("viridis")(np.linspace(0.9, 0.05, n)))


def name_of(temperature):
    return "parents of unknown temperature" if np.isnan(temperature) else rf"$T_p$ = {temperature:.4g}"


def plain_logarithm(axis):
    """Plain numbers at 1, 2, 5, .. of a logarithmic axis, where it does not span decades."""
    low, high = sorted(axis.get_view_interval())
    if high > 200 * low:
        return
    axis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(lambda v, _: f"{v:g}")
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


# ---- inherent structures ----------------------------------------------------------------------------------------------------------

OUTCOMES = {1: ("stalled", "v"), 2: ("exhausted", "x"), 3: ("lost", "P")}


def draw_energies(axes, c, temperatures):
    """One line per replica and temperature; converged ones coloured by temperature, the others marked."""
    good = c["outcome"] == 0
    is_named = len(temperatures) <= len(THERMAL)
    for temperature, colour in zip(temperatures, shades(temperatures)):
        mine = good & at_temperature(c["parent_temperature"], temperature)
        for replica in np.unique(c["replica"][mine]):
            rows = np.flatnonzero(mine & (c["replica"] == replica))
            rows = rows[np.argsort(c["time"][rows])]
            axes.plot(c["time"][rows], c["energy"][rows], color=colour, lw=0.6, alpha=0.4, zorder=1)
        axes.plot(c["time"][mine], c["energy"][mine], color=colour, marker="o", ms=2.5, ls="none", label=name_of(temperature) if is_named else None)
    for outcome, (name, marker) in OUTCOMES.items():
        mine = (c["outcome"] == outcome) & np.isfinite(c["energy"])
        if mine.any():
            axes.plot(c["time"][mine], c["energy"][mine], color="0.1", marker=marker, ms=5, ls="none", zorder=5, label=f"{name} ({mine.sum()})")
    if len(temperatures) > 1 and c["time"].max() > 20 * c["time"].min() > 0:
        axes.set_xscale("log")
    finish(axes, "parent's " + TIME, r"energy $U_{IS}/N$  [$\varepsilon$]")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best")


def draw_energy_of_temperature(axes, c, temperatures):
    """Mean, with its standard error and the standard deviation behind it; or all of them where every one has its own temperature."""
    good = c["outcome"] == 0
    known = temperatures[np.isfinite(temperatures)]
    groups = [c["energy"][good & (c["parent_temperature"] == t)] for t in known]
    if len(known) > 0.5 * good.sum():
        axes.plot(c["parent_temperature"][good], c["energy"][good], marker="o", ms=3, ls="none")
    else:
        mean, spread = np.array([g.mean() for g in groups]), np.array([g.std(ddof=1) if len(g) > 1 else 0 for g in groups])
        axes.errorbar(known, mean, yerr=spread, color="0.75", elinewidth=3, ls="none", zorder=1, label="standard deviation")
        axes.errorbar(known, mean, yerr=spread / np.sqrt([len(g) for g in groups]), color=colours()[0], marker="o", ms=4, elinewidth=0.9, capsize=2,
                      label="mean, standard error")
        axes.legend(loc="lower right")
    finish(axes, r"parent temperature $T_p$  [$\varepsilon/k_B$]", r"energy $U_{IS}/N$  [$\varepsilon$]")


def draw_evaluations(axes, c, temperatures):
    edges = np.histogram_bin_edges(c["evaluations"], bins=min(40, max(8, len(c["evaluations"]) // 6)))
    groups = [c["evaluations"][(c["outcome"] == 0) & at_temperature(c["parent_temperature"], t)] for t in temperatures]
    axes.hist(groups, edges, stacked=True, color=shades(temperatures))
    bad = c["evaluations"][c["outcome"] != 0]
    if len(bad) > 0:
        axes.hist(bad, edges, histtype="step", color="0.1", lw=1.2, label=f"not converged ({len(bad)})")
        axes.legend(loc="best")
    axes.yaxis.get_major_locator().set_params(integer=True)
    finish(axes, "force evaluations per descent", "inherent structures")


def is_inherent(table):
    return {"parent_temperature", "replica", "energy", "outcome", "evaluations"} <= set(table.columns)


def figure_inherent(table, facts):
    c = table.columns
    good = c["outcome"] == 0
    temperatures = temperatures_of(c["parent_temperature"])
    draws = [draw_energies]
    if len(temperatures_of(c["parent_temperature"][good & np.isfinite(c["parent_temperature"])])) > 1:
        draws.append(draw_energy_of_temperature)
    draws.append(draw_evaluations)
    figure, spots = plt.subplots(1, len(draws), figsize=(1 + 3.6 * len(draws), 3.5))
    for axes, draw in zip(spots, draws):
        draw(axes, c, temperatures)
    told = [facts["model"], f"{good.sum()} of {len(good)} descents converged"]
    compared = np.isfinite(c.get("other_distance", np.array([])))
    if compared.any() and np.isfinite(table.scalar("threshold")):
        same = c["other_distance"][compared] < table.scalar("threshold")
        told.append(f"the two minimisers agree in {same.sum()} of {len(same)}")
    if not compared.all():
        told.append(f"{(~compared).sum()} not compared")
    figure.suptitle(",  ".join(t for t in told if t), fontsize=10)
    return figure


# ---- transitions ------------------------------------------------------------------------------------------------------------------

def is_transitions(table):
    has = set(table.columns)
    return table.name.startswith("transitions") and ({"energy_jump", "participation"} <= has or {"energy", "reduced_energy"} <= has)


def draw_trajectory(axes, events, trajectory):
    """The run with the most frames; steps, because nothing is known between frames. Upper and right axes: the paper's reduced units."""
    c, e = trajectory.columns, events.columns
    runs, frames = np.unique(c["run"], return_counts=True)
    run = runs[np.argmax(frames)]
    mine = (c["run"] == run) & np.isfinite(c["energy"])
    time, reduced, scale = c["time"][mine], c["reduced_energy"][mine], events.scalar("temperature")
    per_particle = c["energy"][mine]
    n = np.median(reduced / per_particle) * scale if np.isfinite(scale) else 1.0  # particles, by what the two columns are
    energy = n * (per_particle - per_particle[0])
    between = 1 + np.flatnonzero(np.diff(time) > 1.001 * events.scalar("longest_interval"))  # stages that do not follow each other
    axes.step(np.insert(time, between, np.nan), np.insert(energy, between, np.nan), where="post", color=colours()[0], lw=0.9)
    at = np.flatnonzero(np.isin(time, e["time"][e["run"] == run]))
    axes.plot(time[at], energy[at], color=colours()[1], marker="o", ms=3, mfc="white", mew=0.8, ls="none", label=f"transitions ({len(at)})")
    unit = r"$U_{IS}$ − first  [$\varepsilon$]" if np.isfinite(scale) else r"$U_{IS}/N$ − first  [$\varepsilon$]"
    finish(axes, TIME + (f",  run {run:.0f} of {len(runs)}" if len(runs) > 1 else ""), unit)
    axes.legend(loc="best")
    if np.isfinite(scale) and np.ptp(c["reduced_time"][mine]) > 0:
        rate = np.ptp(c["reduced_time"][mine]) / np.ptp(time)
        top = axes.secondary_xaxis("top", functions=(lambda t: (t - time[0]) * rate, lambda s: s / rate + time[0]))
        top.set_xlabel(r"$N(t - t_{first})/(N_0 t_{ballistic})$")
        right = axes.secondary_yaxis("right", functions=(lambda u: u / scale, lambda r: r * scale))
        right.set_ylabel(r"$(U_{IS}$ − first$)/T$")


def with_error(value, error):
    decimals = max(0, -int(np.floor(np.log10(error)))) if 0 < error < np.inf else 3
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


def figure_transitions(tables, facts):
    events, trajectory = tables["events"], tables["inherent_energy"]
    if trajectory.rows() == 0:
        return None
    has_events = events.rows() > 0
    n, width = (3, 12.6) if has_events else (1, 5.6)
    figure, spots = plt.subplots(1, n, figsize=(width, 3.7), squeeze=False, width_ratios=[1.5, 1, 1][:n])
    figure.get_layout_engine().set(w_pad=0.1)
    draw_trajectory(spots[0][0], events, trajectory)
    if has_events:
        draw_jumps(spots[0][1], events)
        draw_participants(spots[0][2], events)
    told = [facts["model"]]
    if np.isfinite(events.scalar("temperature")):
        told.append(f"T = {events.scalar('temperature'):g}")
    for key, name, unit in (("reduced_rate", r"$\Gamma\,t_{ballistic}N_0/N$", ""), ("rate", r"$\Gamma$", r" $\sqrt{\varepsilon/m}/\sigma$")):
        if np.isfinite(events.scalar(key)):
            told.append(rf"{name} $\geq$ {with_error(events.scalar(key), events.scalar(key + '_error'))}{unit}")
    told.append(f"frames {events.scalar('shortest_interval'):.3g} apart" if np.isfinite(events.scalar("shortest_interval")) else "")
    figure.suptitle(",  ".join(t for t in told if t), fontsize=10)
    return figure


def draw_jumps(axes, events):
    jumps, scale = events.columns["energy_jump"], events.scalar("temperature")
    unit = np.isfinite(scale) and scale > 0
    jumps = jumps / scale if unit else jumps
    axes.hist(jumps, bins=min(60, max(10, len(jumps) // 8)), color=colours()[0], density=True)
    axes.axvline(0, color=GREY, lw=0.8, ls=":")
    axes.set_yscale("log")
    finish(axes, r"energy jump $\Delta U_{IS}/T$" if unit else r"energy jump $\Delta U_{IS}$  [$\varepsilon$]", "probability density")


def draw_participants(axes, events):
    c = events.columns
    dots = axes.scatter(c["participation"], np.abs(c["energy_jump"]), c=c["largest_displacement"], s=8, cmap="viridis", lw=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_logarithm(axes.xaxis)
    plain_logarithm(axes.yaxis)
    finish(axes, "particles that took part", r"$|\Delta U_{IS}|$  [$\varepsilon$]")
    axes.figure.colorbar(dots, ax=axes, pad=0.02).set_label(r"largest displacement  [$\sigma$]")


# ---- which figure for which table -------------------------------------------------------------------------------------------------

def is_known(table):
    return is_inherent(table) or is_transitions(table)


def figures(tables, facts):
    """(name, figure); a pass has two tables."""
    passes = {}
    for table in tables:
        if is_inherent(table) and table.rows() > 0:
            yield table.name, figure_inherent(table, facts)
        elif is_transitions(table):
            entry, _, last = table.name.partition("/")
            passes.setdefault(entry, {})["events" if last.endswith("events") else "inherent_energy"] = table
    for name, group in passes.items():
        figure = figure_transitions(group, facts) if len(group) == 2 else None
        if figure is not None:
            yield name, figure
