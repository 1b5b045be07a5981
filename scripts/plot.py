#!/usr/bin/python3
"""Figures of a tektite results file.

    plot.py FILE... [OUTDIR]        or: plot.py FILE... --out OUTDIR [--quiet]
    plot.py FILE... --captions      the texts below the figures, and no figure

Every table of the file becomes one figure (PNG and SVG, beside the file or in OUTDIR):
  self_motion/...      Fs(q,t), MSD and alpha2 of all species in one figure, tau_alpha marked, with the reference value of
                       reference_tau.json (beside this script) where model, density, temperature and q agree
  structure/...        g(r) and S(q) of all pairs of species side by side, q_max marked
  theory.h5            see plot_theory.py
  response.h5          see plot_response.py
  inherent.h5, transitions/...   see plot_inherent.py
  tables of a run      temperature, energy per particle, pressure, conserved quantity against time
  any other table      all columns against the first one
Exit code: 0, 2 wrong use, 3 not a results file.
"""
import json
import math
import os
import sys
import textwrap

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

import plot_inherent  # noqa: E402
import plot_response  # noqa: E402
import plot_theory  # noqa: E402

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
MARKERS = ["o", "s", "^", "D", "v", "P"]
STYLE = {
    "font.size": 9, "axes.titlesize": 9, "axes.labelsize": 9, "legend.fontsize": 8, "xtick.labelsize": 8, "ytick.labelsize": 8,
    "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8, "lines.linewidth": 1.2, "lines.markersize": 3.5,
    "legend.frameon": False, "legend.handlelength": 1.6, "figure.dpi": 100, "savefig.dpi": 160, "svg.fonttype": "none",
    "svg.hashsalt": "tektite", "axes.prop_cycle": matplotlib.cycler(color=COLOURS), "figure.constrained_layout.use": True,
}
MOST_POINTS = 4000  # of a line; longer ones are thinned


class NotResults(Exception):
    pass


# ---- reading ------------------------------------------------------------------------------------------------------------------

def text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


class Table:
    """Columns of one group, with units; scalars are its numeric attributes, attributes also those that are words."""

    def __init__(self, name, group):
        self.name = name
        self.title = text(group.attrs.get("title", ""))
        datasets = {key: item for key, item in group.items() if isinstance(item, h5py.Dataset)}
        order = text(group.attrs.get("columns", "")).split()
        keys = [k for k in order if k in datasets] + [k for k in datasets if k not in order]
        self.columns = {key: np.asarray(datasets[key][()], dtype=float) for key in keys}
        length = min(len(c) for c in self.columns.values())
        length = min(length, int(group.attrs.get("rows", length)))  # a growing table: what its writer has finished
        self.columns = {key: c[:length] for key, c in self.columns.items()}
        self.units = {key: text(datasets[key].attrs.get("unit", "")) for key in keys}
        self.equations = {key: text(datasets[key].attrs.get("equation", "")) for key in keys}
        self.descriptions = {key: text(datasets[key].attrs.get("description", "")) for key in keys}
        self.scalars = {}
        for key, value in group.attrs.items():
            if np.ndim(value) == 0 and isinstance(value, (int, float, np.integer, np.floating)):
                self.scalars[key] = float(value)
        self.attributes = {key: text(value) for key, value in group.attrs.items() if isinstance(value, (str, bytes))} | self.scalars

    def scalar(self, name):
        return self.scalars.get(name, math.nan)

    def rows(self):
        return len(next(iter(self.columns.values())))


def is_table(group):
    items = list(group.values())
    if not items or not all(isinstance(i, h5py.Dataset) and i.ndim == 1 and i.dtype.kind in "fiu" for i in items):
        return False
    return "columns" in group.attrs or len({len(i) for i in items}) == 1


def read_tables(file):
    tables = []

    def visit(name, item):
        if isinstance(item, h5py.Group) and not name.startswith(("parameters", "h5md")) and name not in plot_response.UNREAD and is_table(item):
            tables.append(Table(name, item))

    file.visititems(visit)
    return tables


def read_facts(file):
    """Path, parents, model, and the temperature and density of the analysed stage, as far as the stored input tells."""
    facts = {"path": file.filename, "parents": [], "model": "", "temperature": math.nan, "density": math.nan}
    home = file.get("parameters/tektite")
    if home is None:
        return facts
    facts["model"] = text(home.attrs.get("model", ""))
    facts["parents"] = [text(row[0]) for row in home["parents"][()]] if "parents" in home else []
    try:
        import yaml
        source = home["input_text"][()] if "input_text" in home else home.attrs.get("input_text", "")
        given = yaml.safe_load(text(source)) or {}
        facts["density"] = float((given.get("create") or {}).get("density", math.nan))
        stages = (given.get("run") or {}).get("stages") or []
        wanted = [a.get("stage") for a in given.get("analyze") or [] if isinstance(a, dict) and a.get("stage")]
        chosen = [s for s in stages if s.get("name") in wanted] or stages[-1:]
        if chosen:
            temperature = chosen[-1].get("temperature", math.nan)
            facts["temperature"] = float(temperature.get("to", temperature.get("from", math.nan)) if isinstance(temperature, dict) else temperature)
    except Exception:  # the figure is worth more than the reference point in it
        pass
    return facts


def read_file(path):
    try:
        with h5py.File(path, "r") as file:
            if "h5md" in file:
                raise NotResults("holds a trajectory, not results")
            home = file.get("parameters/tektite")
            if home is not None and text(home.attrs.get("kind", "results")) == "checkpoint":
                raise NotResults("is a checkpoint, not a results file")
            tables, facts = read_tables(file), read_facts(file)
    except OSError as error:
        if not os.path.exists(path):
            raise NotResults("no such file") from error
        raise NotResults("is a directory" if os.path.isdir(path) else "is not a results file (no HDF5 file, or damaged)") from error
    if not tables:
        raise NotResults("is not a results file (no table in it)")
    return tables, facts


def find_reference(facts, species, q):
    """tau_alpha of an independent run at the same state, or None."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference_tau.json")
    try:
        with open(path, encoding="utf-8") as file:
            states = json.load(file)["states"]
    except (OSError, ValueError, KeyError):
        return None

    def near(a, b):
        return math.isfinite(a) and abs(a - b) <= 1e-3 * abs(b)

    for s in states:
        if s["model"] == facts["model"] and near(facts["temperature"], s["temperature"]) and near(facts["density"], s["density"]) \
                and species in s["tau_alpha"] and near(q, s["q"][species]):
            return s["tau_alpha"][species]
    return None


# ---- drawing ------------------------------------------------------------------------------------------------------------------

def pretty_unit(unit):
    known = {"1": "", "sigma (m/eps)^1/2": r"$\sigma\sqrt{m/\varepsilon}$", "sigma (eps/m)^1/2": r"$\sigma\sqrt{\varepsilon/m}$",
             "sigma": r"$\sigma$", "sigma^2": r"$\sigma^2$", "1/sigma": r"$\sigma^{-1}$", "eps": r"$\varepsilon$",
             "eps/kB": r"$\varepsilon/k_B$", "eps/sigma^3": r"$\varepsilon/\sigma^3$", "eps/sigma^2": r"$\varepsilon/\sigma^2$"}
    return known.get(unit, unit.replace("sigma", "σ").replace("eps", "ε"))


def label(name, unit):
    shown = pretty_unit(unit)
    return f"{name}  [{shown}]" if shown else name


def with_error(value, error):
    """4.01(5): the error in units of the last digit."""
    if not math.isfinite(value):
        return "-"
    if not (math.isfinite(error) and error > 0):
        return f"{value:.4g}"
    digits = max(0, -math.floor(math.log10(error)) + (1 if error / 10 ** math.floor(math.log10(error)) < 2 else 0))
    if digits > 6:
        mantissa, exponent = f"{value:.2e}".split("e")
        return rf"${mantissa}\times10^{{{int(exponent)}}}$"
    last = round(error * 10 ** digits)
    return f"{value:.{digits}f}({last})" if digits > 0 else f"{value:.0f}({last})"


def finite_bars(error):
    return np.where(np.isfinite(error), error, 0.0)


def thin(table):
    step = max(1, table.rows() // MOST_POINTS)
    return {key: column[::step] for key, column in table.columns.items()}


def draw_scattering(axes, tables, facts):
    threshold = next((t.scalar("tau_threshold") for t in tables if math.isfinite(t.scalar("tau_threshold"))), 0.2)
    axes.axhline(threshold, color="0.8", lw=0.8, zorder=0)
    axes.axhline(0, color="0.8", lw=0.8, zorder=0)
    references = []
    for k, (species, table) in enumerate(by_species(tables)):
        c, colour = table.columns, COLOURS[k % len(COLOURS)]
        tau, error = table.scalar("tau_alpha"), table.scalar("tau_alpha_error")
        found = rf",  $\tau_\alpha$ = {with_error(tau, error)}" if math.isfinite(tau) else ""
        axes.errorbar(c["time"], c["fs"], yerr=finite_bars(c["fs_error"]), color=colour, marker=MARKERS[k % len(MARKERS)],
                      elinewidth=0.8, label=f"{species},  q = {table.scalar('q'):.4g}{found}")
        if math.isfinite(tau):
            axes.plot([tau, tau], [-0.05, threshold], color=colour, lw=0.9, ls=":", zorder=1)
            axes.plot([tau], [threshold], marker="o", ms=8, mfc="none", mec=colour, mew=1.2, ls="none")
        reference = find_reference(facts, species, table.scalar("q"))
        if reference is not None:
            references.append((species, reference))
    if references:
        axes.plot([r for _, r in references], [threshold] * len(references), marker="x", ms=7, mec="0.1", mew=1.4, ls="none", zorder=5,
                  label="reference " + ", ".join(f"{s} {r:.4g}" for s, r in references))
    axes.set_xscale("log")
    axes.set_ylim(-0.05, 1.32)
    axes.set_yticks(np.arange(0, 1.01, 0.2))
    axes.set_xlabel(label("time t", tables[0].units["time"]))
    axes.set_ylabel(r"$F_s(q,t)$")
    in_order(axes, "upper left")


def in_order(axes, place):
    """Legend with the curves before the marks, in the order they were drawn."""
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: not isinstance(handles[i], matplotlib.container.ErrorbarContainer))
    axes.legend([handles[i] for i in order], [labels[i] for i in order], loc=place)


def draw_msd(axes, tables):
    is_labelled = False
    for k, (species, table) in enumerate(by_species(tables)):
        c, colour = table.columns, COLOURS[k % len(COLOURS)]
        diffusion, error = table.scalar("diffusion"), table.scalar("diffusion_error")
        found = f",  D = {with_error(diffusion, error)}" if math.isfinite(diffusion) else ""
        axes.errorbar(c["time"], c["msd"], yerr=finite_bars(c["msd_error"]), color=colour, marker=MARKERS[k % len(MARKERS)],
                      elinewidth=0.8, label=species + found)
        if not found:
            continue
        dim = 2 if "J0" in table.equations.get("fs", "") else 3
        line = 2 * dim * diffusion * c["time"]
        shown = line > 0.05 * np.max(c["msd"])
        axes.plot(c["time"][shown], line[shown], color="0.25", lw=1.0, ls="--", zorder=4, label=None if is_labelled else f"{2 * dim}Dt")
        is_labelled = True
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(label("time t", tables[0].units["time"]))
    axes.set_ylabel(label("mean square displacement", tables[0].units["msd"]))
    in_order(axes, "upper left")


def draw_alpha2(axes, tables):
    axes.axhline(0, color="0.75", lw=0.8, zorder=0)
    for k, (species, table) in enumerate(by_species(tables)):
        axes.plot(table.columns["time"], table.columns["alpha2"], color=COLOURS[k % len(COLOURS)], marker=MARKERS[k % len(MARKERS)],
                  label=species)
    axes.set_xscale("log")
    axes.set_xlabel(label("time t", tables[0].units["time"]))
    axes.set_ylabel(r"non-Gaussian parameter $\alpha_2$")
    axes.legend(loc="best")


def by_species(tables):
    return [(t.name.split("curves_")[-1], t) for t in tables]


def tell_state(figure, facts):
    state = [facts["model"]] if facts["model"] else []
    if math.isfinite(facts["temperature"]):
        state.append(f"T = {facts['temperature']:g}")
    if math.isfinite(facts["density"]):
        state.append(f"ρ = {facts['density']:g}")
    if state:
        figure.suptitle(",  ".join(state), fontsize=10)


def figure_self_motion(tables, facts):
    figure, axes = plt.subplots(1, 3, figsize=(11.5, 3.6))
    draw_scattering(axes[0], tables, facts)
    draw_msd(axes[1], tables)
    draw_alpha2(axes[2], tables)
    tell_state(figure, facts)
    return figure


def draw_pairs(axes, table, stem, x, labels):
    """All curves stem_XY of a table with their error bars as bands."""
    c = table.columns
    keys = [key for key in c if key.startswith(stem + "_") and not key.endswith("_error")]
    if len(keys) == 2:  # one species: NN is AA
        keys = keys[:1]
    for k, key in enumerate(keys):
        colour = "0.2" if k == 0 else COLOURS[(k - 1) % len(COLOURS)]
        name = key[len(stem) + 1:]
        axes.plot(c[x], c[key], color=colour, lw=1.4 if k == 0 else 1.1, label=labels.get(name, name), zorder=4 - 0.1 * k)
        error = finite_bars(c[key + "_error"])
        axes.fill_between(c[x], c[key] - error, c[key] + error, color=colour, alpha=0.25, lw=0, zorder=2)
    return keys


def figure_structure(tables, facts):
    """g(r) and S(q) side by side."""
    gr = next((t for t in tables if "r" in t.columns), None)
    sq = next((t for t in tables if "q" in t.columns), None)
    shown = [t for t in (gr, sq) if t is not None]
    figure, spots = plt.subplots(1, len(shown), figsize=(5.0 * len(shown), 3.7), squeeze=False)
    for axes, table in zip(spots[0], shown):
        labels = {}
        if table is gr:
            axes.axhline(1, color="0.8", lw=0.8, zorder=0)
            for name in {key[len("r_peak_"):] for key in gr.scalars if key.startswith("r_peak_")}:
                labels[name] = f"{name},  peak at {gr.scalar('r_peak_' + name):.3f}"
            draw_pairs(axes, gr, "g", "r", labels)
            axes.set_xlim(0, None)
            axes.set_ylim(0, None)
            axes.set_xlabel(label("r", gr.units["r"]))
            axes.set_ylabel(r"$g_{ab}(r)$")
        else:
            axes.axhline(1, color="0.8", lw=0.8, zorder=0)
            axes.axhline(0, color="0.8", lw=0.8, zorder=0)
            for name in {key[len("q_max_"):] for key in sq.scalars if key.startswith("q_max_") and not key.endswith("_error")}:
                q, height = sq.scalar("q_max_" + name), sq.scalar("s_max_" + name)
                if math.isfinite(q):
                    labels[name if name == "NN" else name + name] = rf"{name if name == 'NN' else name + name},  $q_{{max}}$ = " \
                        + with_error(q, sq.scalar(f"q_max_{name}_error"))
                    axes.plot([q], [height], marker="o", ms=6, mfc="none", mec="0.1", mew=1.0, ls="none", zorder=6)
            draw_pairs(axes, sq, "S", "q", labels)
            axes.set_xlim(0, None)
            axes.set_xlabel(label("q", sq.units["q"]))
            axes.set_ylabel(r"$S_{ab}(q)$")
        axes.legend(loc="upper right")
    tell_state(figure, facts)
    return figure


THERMO = [("temperature", "temperature T"), ("potential_energy", "potential energy"), ("pressure", "pressure P"),
          ("conserved", "conserved quantity")]


def find_column(table, stem):
    if stem in table.columns:
        return stem
    return next((key for key in table.columns if key.startswith(stem)), None)


def is_thermo(table):
    return "time" in table.columns and find_column(table, "temperature") is not None and find_column(table, "potential_energy") is not None


def figure_thermo(table):
    columns = thin(table)
    shown = [(find_column(table, stem), title) for stem, title in THERMO if find_column(table, stem) is not None]
    figure, axes = plt.subplots(2, (len(shown) + 1) // 2, figsize=(8.6, 4.8), sharex=True, squeeze=False)
    for k, (key, title) in enumerate(shown):
        spot = axes.flat[k]
        values = columns[key]
        if np.ptp(values) < 0.01 * abs(values[0]):  # a small change of a large number: show the change
            title, values = f"{title} − {values[0]:.6g}", values - values[0]
        spot.plot(columns["time"], values, color=COLOURS[0], lw=0.9)
        if "stage" in columns:
            for boundary in columns["time"][1:][np.diff(columns["stage"]) != 0]:
                spot.axvline(boundary, color="0.8", lw=0.8, zorder=0)
        spot.set_ylabel(label(title, table.units[key]))
        spot.margins(x=0.01)
        spot.ticklabel_format(axis="y", scilimits=(-3, 4))
    for spot in axes.flat[len(shown):]:
        spot.set_visible(False)
    for spot in axes[-1]:
        spot.set_xlabel(label("time t", table.units["time"]))
    return figure


def is_wide(values):
    """Worth a logarithmic axis: positive, over more than two decades, evenly so."""
    good = values[np.isfinite(values)]
    return len(good) > 2 and np.all(good > 0) and good.max() > 100 * good.min() and np.median(good) < 0.2 * good.max()


def figure_lines(table):
    columns = thin(table)
    keys = list(columns)
    x = "time" if "time" in columns else keys[0]
    shown = [k for k in keys if k not in (x, "step", "count") and not (k.endswith("_error") and k[:-6] in columns)][:12]
    if not shown:
        return None
    across = min(3, len(shown))
    down = -(-len(shown) // across)
    figure, axes = plt.subplots(down, across, figsize=(1.2 + 3.3 * across, 0.6 + 2.5 * down), squeeze=False)
    marker = "o" if table.rows() <= 60 else ""
    for k, key in enumerate(shown):
        spot, error = axes.flat[k], columns.get(key + "_error")
        if error is not None:
            spot.errorbar(columns[x], columns[key], yerr=finite_bars(error), marker=marker, elinewidth=0.8)
        else:
            spot.plot(columns[x], columns[key], marker=marker)
        if is_wide(columns[x]):
            spot.set_xscale("log")
        if is_wide(columns[key]):
            spot.set_yscale("log")
        spot.set_xlabel(label(x.replace("_", " "), table.units[x]))
        spot.set_ylabel(label(key.replace("_", " "), table.units[key]))
    for spot in axes.flat[len(shown):]:
        spot.set_visible(False)
    figure.suptitle(table.title or table.name, fontsize=10)
    return figure


# ---- the whole ----------------------------------------------------------------------------------------------------------------

def make_figures(tables, facts):
    """(name, figure) of all tables; the tables of one self_motion or structure pass share a figure."""
    motions, structures = {}, {}
    yield from plot_theory.figures(tables, facts)
    yield from plot_response.figures(tables, facts)
    yield from plot_inherent.figures(tables, facts)
    response = plot_response.response_tables(tables)
    for table in tables:
        if table.rows() == 0 or plot_theory.is_theory(table) or plot_inherent.is_known(table) or table.name in response:
            continue
        if {"time", "fs", "fs_error", "msd", "msd_error", "alpha2"} <= set(table.columns):
            motions.setdefault(table.name.split("/")[0], []).append(table)
        elif {"r", "g_NN", "g_NN_error"} <= set(table.columns) or {"q", "S_NN", "S_NN_error"} <= set(table.columns):
            structures.setdefault(table.name.split("/")[0], []).append(table)
        elif is_thermo(table):
            yield table.name, figure_thermo(table)
        else:
            figure = figure_lines(table)
            if figure is not None:
                yield table.name, figure
    for name, group in motions.items():
        yield name, figure_self_motion(group, facts)
    for name, group in structures.items():
        yield name, figure_structure(group, facts)


def plot(path, folder, quiet, only_captions):
    tables, facts = read_file(path)
    if only_captions:
        for name, figure in make_figures(tables, facts):
            print(f"{name}\n{textwrap.indent(getattr(figure, 'caption', ''), '  ')}")
            plt.close(figure)
        return
    target = folder if folder is not None else os.path.dirname(path) or "."
    os.makedirs(target, exist_ok=True)
    stem = os.path.splitext(os.path.basename(path))[0]
    for name, figure in make_figures(tables, facts):
        last = name.replace("/", "_")
        base = os.path.join(target, last if last == stem else f"{stem}_{last}")
        for ending in ("png", "svg"):
            figure.savefig(f"{base}.{ending}", metadata={"Date": None} if ending == "svg" else None)
        plt.close(figure)
        if not quiet:
            print(f"{base}.png  {base}.svg")


def main(words):
    files, folder, quiet, only_captions = [], None, False, False
    while words:
        word = words.pop(0)
        if word in ("-h", "--help"):
            print(__doc__.strip())
            return 0
        if word == "--quiet":
            quiet = True
        elif word == "--captions":
            only_captions = True
        elif word == "--out" and words:
            folder = words.pop(0)
        elif word.startswith("-"):
            print(f"plot.py: unknown option {word}; see plot.py --help", file=sys.stderr)
            return 2
        else:
            files.append(word)
    if folder is None and len(files) > 1 and not os.path.isfile(files[-1]):
        folder = files.pop()
    if not files:
        print("plot.py: which file? plot.py FILE... [OUTDIR]", file=sys.stderr)
        return 2
    worst = 0
    with plt.rc_context(STYLE):
        for path in files:
            try:
                plot(path, folder, quiet, only_captions)
            except NotResults as error:
                print(f"plot.py: {path}: {error}", file=sys.stderr)
                worst = 3
            except OSError as error:
                print(f"plot.py: cannot write figures of {path}: {error}", file=sys.stderr)
                worst = 3
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
