"""Figures of response.h5, called by plot.py, with Figs. 2 to 4 of Kapteijns et al. (2021) in mind (arXiv:2103.11404). Only configurations that
are minima (outcome 0) are shown.
"""
import matplotlib.pyplot as plt
import numpy as np

from plot_inherent import GREY, ON_WHITE, at_temperature, name_of, plain_logarithm, shades, temperatures_of
from plot_kappa_map import KAPPA, dimension_of, figure_map
from plot_theory import colours, finish

RESPONSE = {"configurations", "elastic", "dipoles", "particles", "modes", "density_of_states", "pseudoharmonic", "temperatures"}
UNREAD = {"mode_vectors", "pseudoharmonic_vectors"}  # large, and in no figure


def interval(mean, low, high, digits=3):
    if not np.isfinite(low + high) or low == high:
        return f"{mean:.{digits}g}"
    return f"{mean:.{digits}g} [{low:.{digits}g}, {high:.{digits}g}]"


# ---- distribution of kappa ------------------------------------------------------------------------------------------------------

def kappa_groups(tables):
    """(temperature, kappa of all pairs of its minima)"""
    c, d = tables["configurations"].columns, tables["dipoles"].columns
    for temperature in temperatures_of(c["parent_temperature"]):
        frames = c["frame"][at_temperature(c["parent_temperature"], temperature) & (c["outcome"] == 0)]
        kappa = d["kappa"][np.isin(d["frame"], frames)]
        if len(kappa) > 0:
            yield temperature, kappa[kappa > 0]


def temperature_row(tables, temperature):
    c = tables["temperatures"].columns
    row = np.flatnonzero(at_temperature(c["parent_temperature"], temperature))[0]
    return {key: column[row] for key, column in c.items()}


def figure_distribution(tables, facts):
    if "dipoles" not in tables or tables["dipoles"].rows() == 0:
        return None
    groups = list(kappa_groups(tables))
    if not groups:
        return None
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.6, 3.7))
    for (temperature, kappa), colour in zip(groups, shades(groups)):
        mean = temperature_row(tables, temperature)
        edges = np.geomspace(kappa.min() * 0.999, kappa.max() * 1.001, 50)
        counts, _ = np.histogram(kappa, edges)
        density = np.where(counts > 0, counts / np.diff(edges) / len(kappa), np.nan)
        middle = np.sqrt(edges[1:] * edges[:-1])
        told = name_of(temperature) + r",  $\langle\kappa\rangle$ = " + interval(mean["kappa_mean"], mean["kappa_low"], mean["kappa_high"])
        left.plot(middle, density, color=colour, marker="o", ms=2.5, lw=0.9, label=told)
        edges = np.linspace(0, np.percentile(kappa, 99.8), 80)
        counts, _ = np.histogram(kappa, edges)
        right.plot(0.5 * (edges[1:] + edges[:-1]), counts / np.diff(edges) / len(kappa), color=colour)
        right.axvline(mean["kappa_mean"], color=colour, lw=0.9, ls=":")
    left.set_xscale("log")
    left.set_yscale("log")
    right.set_xlim(0, None)
    right.set_ylim(0, None)
    finish(left, rf"dipole stiffness $\kappa$  {KAPPA}", r"$P(\kappa)$  [$\sigma^2/\varepsilon$]")
    finish(right, rf"dipole stiffness $\kappa$  {KAPPA};  dotted: $\langle\kappa\rangle$", r"$P(\kappa)$  [$\sigma^2/\varepsilon$]")
    left.legend(loc="lower center" if len(groups) <= 4 else "best", title="mean and its 90 % interval", title_fontsize=8)
    figure.suptitle(facts["model"] or None, fontsize=10)
    return figure


# ---- means against temperature ----------------------------------------------------------------------------------------------------

def known_rows(table):
    """Columns where the temperature is known, from cold to hot."""
    c = table.columns
    rows = np.flatnonzero(np.isfinite(c["parent_temperature"]) & (c["minima"] > 0))
    rows = rows[np.argsort(c["parent_temperature"][rows])]
    return {key: column[rows] for key, column in c.items()}


def bars(c, key, scale=1.0):
    """Distances to the ends of the 90 % interval; none where there is none."""
    low, high, mean = (c[f"{key}_{end}"] for end in ("low", "high", "mean"))
    return np.nan_to_num(np.abs(np.stack([mean - low, high - mean])) / scale)


MEANS = (("kappa", r"$\kappa$", 0, "o"), ("G", "$G$", 1, "s"))  # column, name, colour, marker


def mean_titles(tables):
    dim = dimension_of(tables)
    unit = r"[$\varepsilon/\sigma^" + (f"{dim}" if np.isfinite(dim) else "d") + "$]"
    return {"kappa": rf"mean dipole stiffness $\kappa$  {KAPPA}", "G": f"shear modulus $G$  {unit}"}


def figure_configurations(tables, facts):
    """Where there is one temperature only: all configurations, the mean and its interval."""
    c = tables["configurations"].columns
    columns = {"kappa": c["kappa_mean"], "G": c["G"]}
    shown = [mean for mean in MEANS if np.isfinite(columns[mean[0]][c["outcome"] == 0]).any()]
    if tables["temperatures"].rows() != 1 or not shown:
        return None
    row = {key: column[0] for key, column in tables["temperatures"].columns.items()}
    figure, spots = plt.subplots(1, len(shown), figsize=(1 + 3.8 * len(shown), 3.4), squeeze=False)
    for axes, (key, name, colour, marker) in zip(spots[0], shown):
        good = c["outcome"] == 0
        axes.axhspan(row[f"{key}_low"], row[f"{key}_high"], color=colours()[colour], alpha=0.15, lw=0)
        axes.axhline(row[f"{key}_mean"], color=colours()[colour], lw=0.9,
                     label=rf"$\langle${name}$\rangle$ = " + interval(row[f"{key}_mean"], row[f"{key}_low"], row[f"{key}_high"]))
        axes.plot(c["frame"][good], columns[key][good], color=colours()[colour], marker=marker, ms=4 if good.sum() <= 100 else 2, ls="none")
        axes.xaxis.get_major_locator().set_params(integer=True)
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.15 * (high - low))  # room for the legend above the points
        axes.legend(loc="upper right")
        finish(axes, "configuration", mean_titles(tables)[key])
    figure.suptitle(",  ".join(x for x in (facts["model"], name_of(row["parent_temperature"]), "90 % bootstrap intervals") if x), fontsize=10)
    return figure


def figure_means(tables, facts):
    c = known_rows(tables["temperatures"])
    t = c["parent_temperature"]
    shown = [(key, name, colours()[colour], marker) for key, name, colour, marker in MEANS if np.isfinite(c[f"{key}_mean"]).all()]
    if len(t) < 2 or not shown:
        return None
    figure, spots = plt.subplots(1, len(shown) + 2, figsize=(3.1 * (len(shown) + 2), 3.4))
    for axes, (key, _, colour, marker) in zip(spots, shown):
        axes.errorbar(t, c[f"{key}_mean"], yerr=bars(c, key), color=colour, marker=marker, ms=4, elinewidth=0.9, capsize=2)
        finish(axes, r"parent temperature $T_p$  [$\varepsilon/k_B$]", mean_titles(tables)[key])
    for axes, x, title in ((spots[-2], t, r"parent temperature $T_p$  [$\varepsilon/k_B$]"), (spots[-1], 1 / t, r"$1/T_p$  [$k_B/\varepsilon$]")):
        axes.axhline(1, color="0.8", lw=0.8, zorder=0)
        for key, name, colour, marker in shown:
            hot = c[f"{key}_mean"][-1]
            axes.errorbar(x, c[f"{key}_mean"] / hot, yerr=bars(c, key, hot), color=colour, marker=marker, ms=4, elinewidth=0.9, capsize=2, label=name)
        finish(axes, title, rf"relative change (1 at $T_p$ = {t[-1]:.3g})")
        axes.legend(loc="best")
    minima = f"{c['minima'].min():.0f}" if np.ptp(c["minima"]) == 0 else f"{c['minima'].min():.0f} to {c['minima'].max():.0f}"
    told = [facts["model"], f"{minima} inherent structures per temperature", "bars: 90 % bootstrap intervals"]
    figure.suptitle(",  ".join(x for x in told if x), fontsize=10)
    return figure


# ---- modes ------------------------------------------------------------------------------------------------------------------------

def merged(omega, count, density, ratio=1.22):
    """Bins of a density of states put together until each is so much wider than its beginning: omega, density, relative error."""
    width = omega[1] - omega[0]
    low, rows = 0, []
    for high in range(1, len(omega) + 1):
        start, end = omega[low] - width / 2, omega[high - 1] + width / 2
        n = count[low:high].sum()
        if n == 0 and start <= 0:
            continue
        if end < ratio * start and high < len(omega):
            continue
        if n > 0:
            rows.append((np.sqrt(end * max(start, 0.5 * end)), density[low:high].mean(), 1 / np.sqrt(n)))
        low = high
    return np.array(rows).reshape(-1, 3).T


def is_quartic(fit):
    """Whether the number of modes grows as omega^5, to two standard errors."""
    return not abs(fit["cumulative_exponent"] - 5) > 2 * fit["cumulative_exponent_stderr"]


def draw_states(axes, tables, temperatures):
    has_other = False
    c = tables["density_of_states"].columns
    for temperature, colour in zip(temperatures, shades(temperatures)):
        mine = at_temperature(c["parent_temperature"], temperature)
        if mine.sum() < 2 or c["count"][mine].sum() == 0:
            continue
        fit = temperature_row(tables, temperature)
        omega, density, error = merged(c["omega"][mine], c["count"][mine], c["density"][mine])
        told = name_of(temperature)
        if fit["A_g"] > 0:
            x = np.geomspace(min(omega.min(), 0.5 * fit["omega_limit"]), fit["omega_limit"], 50)
            axes.plot(x, fit["A_g"] * x ** 4, color=colour, lw=1.2, ls="-" if is_quartic(fit) else ":")
            has_other |= not is_quartic(fit)
            told += (rf",  $10^4 A_g$ = {interval(*(1e4 * fit[k] for k in ('A_g', 'A_g_low', 'A_g_high')))}, number $\propto\omega^{{x}}$, "
                     rf"x = {fit['cumulative_exponent']:.2f} $\pm$ {fit['cumulative_exponent_stderr']:.2f}")
        axes.errorbar(omega, density, yerr=density * np.minimum(error, 0.8), color=colour, marker="o", ls="none", elinewidth=0.8, label=told)
        if fit["omega_phonon"] > 0:
            axes.axvline(fit["omega_phonon"], color=colour, lw=0.9, ls="--", zorder=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_logarithm(axes.xaxis)
    axes.plot([], [], color=GREY, lw=1.2, label=r"$A_g\omega^4$, $A_g$ in $(\sigma\sqrt{m/\varepsilon})^5$" + (r"; dotted: x is not 5" if has_other else ""))
    axes.plot([], [], color=GREY, lw=0.9, ls="--", label=r"first phonon $2\pi c_s/L$")
    handles, labels = axes.get_legend_handles_labels()  # bars are listed last
    axes.legend(handles[2:] + handles[:2], labels[2:] + labels[:2], loc="upper left", fontsize=7, **ON_WHITE)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 10 ** (0.4 + 0.15 * len(temperatures)))  # room for the legend above the points
    finish(axes, r"frequency $\omega$  [$\sqrt{\varepsilon/m}/\sigma$]", r"$D(\omega)$  [$\sigma\sqrt{m/\varepsilon}$]")


def draw_participation(axes, tables, temperatures):
    """Of modes (dots) and of pseudoharmonic modes (circles), against stiffness."""
    c = tables["configurations"].columns
    kinds = [("modes", "eigenvalue", dict(marker=".", ms=3, mew=0, alpha=0.6)),
             ("pseudoharmonic", "stiffness", dict(marker="o", ms=4, mfc="none", mew=0.8))]
    for name, key, style in kinds:
        if name not in tables:
            continue
        m = tables[name].columns
        for temperature, colour in zip(temperatures, shades(temperatures)):
            frames = c["frame"][at_temperature(c["parent_temperature"], temperature) & (c["outcome"] == 0)]
            mine = np.isin(m["frame"], frames) & (m[key] > 0)
            axes.plot(m[key][mine], m["participation_ratio"][mine], ls="none", color=colour, **style)
        axes.plot([], [], ls="none", color="0.3", **style | {"alpha": 1}, label={"modes": "vibrational modes", "pseudoharmonic": "pseudoharmonic modes"}[name])
    for temperature, colour in zip(temperatures, shades(temperatures)):
        phonon = temperature_row(tables, temperature)["omega_phonon"]
        if phonon > 0:
            axes.axvline(phonon ** 2, color=colour, lw=0.9, ls="--", zorder=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_logarithm(axes.xaxis)
    plain_logarithm(axes.yaxis)
    finish(axes, r"stiffness $\lambda = \omega^2$  " + KAPPA, r"participation ratio $e$")
    axes.legend(loc="best", **ON_WHITE)


def figure_modes(tables, facts):
    filled = {name for name, table in tables.items() if table.rows() > 0}
    panels = ([draw_states] if "density_of_states" in filled else []) + ([draw_participation] if filled & {"modes", "pseudoharmonic"} else [])
    if not panels:
        return None
    c = tables["configurations"].columns
    temperatures = temperatures_of(c["parent_temperature"][c["outcome"] == 0])
    figure, spots = plt.subplots(1, len(panels), figsize=(4.9 * len(panels), 3.9), squeeze=False)
    for axes, draw in zip(spots[0], panels):
        draw(axes, tables, temperatures)
    figure.suptitle(facts["model"] or None, fontsize=10)
    return figure


# ---- which figure for which table -------------------------------------------------------------------------------------------------

FIGURES = {"kappa_map": figure_map, "kappa": figure_distribution, "configurations": figure_configurations, "temperatures": figure_means,
           "modes": figure_modes}


def response_tables(tables):
    """By name, where the file is one of `respond`."""
    named = {table.name: table for table in tables if table.name in RESPONSE}
    is_whole = {"configurations", "temperatures"} <= set(named) and {"G", "kappa_mean", "rows_dipoles"} <= set(named["configurations"].columns)
    return named if is_whole else {}


def figures(tables, facts):
    """(name, figure)"""
    response = response_tables(tables)
    for name, draw in FIGURES.items() if response else ():
        figure = draw(response, facts)
        if figure is not None:
            yield name, figure
