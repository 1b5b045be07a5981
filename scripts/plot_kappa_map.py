"""The map of kappa of a two-dimensional glass, called by plot_response.py: right half of Fig. 2 of Kapteijns et al. (2021), arXiv:2103.11404.

Positions are those of the first file that is named as a parent in response.h5, or lies beside it, and in which the distances of all its
pairs are those that response.h5 tells.
"""
import os
import sys

import h5py
import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from plot_inherent import name_of, plain_logarithm

N_CIRCLES = 12  # softest modes of the map, as many as in the paper's Fig. 2
CLIPPED = 2  # per cent of the bonds beyond either end of the colour scale
KAPPA = r"[$\varepsilon/\sigma^2$]"


def dimension_of(tables):
    """2, 3, or nan where the tables do not tell."""
    if "elastic" in tables and tables["elastic"].rows() > 0:
        return 3 if "stress_zz" in tables["elastic"].columns else 2
    return np.nan


# ---- positions ------------------------------------------------------------------------------------------------------------------

def minimum_images(vectors, box):
    """box: rows are the edges."""
    scaled = vectors @ np.linalg.inv(box)
    return (scaled - np.rint(scaled)) @ box


class Positions:
    """One frame of an .h5md file: x [n][2], box [2][2]. Raises KeyError, OSError, ValueError where it is no 2D frame."""

    def __init__(self, path, frame):
        with h5py.File(path, "r") as file:
            home = file["particles/trajectory"]
            dim = int(file["parameters/tektite"].attrs["dimension"]) if "parameters/tektite" in file else home["position/value"].shape[-1]
            if dim != 2:
                raise ValueError("not 2D")
            edges = home["box/edges/value"][frame] if "value" in home.get("box/edges", ()) else home["box/edges"][()]
            edges = np.diag(edges) if edges.ndim == 1 else edges
            self.x, self.box = home["position/value"][frame][:, :2], edges[:2, :2]

    def bonds(self, i, j):
        return minimum_images(self.x[j] - self.x[i], self.box)


def candidates(facts):
    """Files in which the positions may be."""
    beside = os.path.dirname(os.path.abspath(facts["path"]))
    for parent in facts["parents"]:
        folder, name = os.path.split(parent)
        yield from (parent, os.path.join(beside, name), os.path.join(beside, os.path.basename(folder), name))
    yield os.path.join(beside, "inherent.h5md")


def find_positions(facts, source_frame, i, j, distance):
    for path in dict.fromkeys(c for c in candidates(facts) if c.endswith(".h5md") and os.path.exists(c)):
        try:
            positions = Positions(path, source_frame)
            if np.allclose(np.linalg.norm(positions.bonds(i, j), axis=1), distance, rtol=1e-6):
                return positions
        except (OSError, KeyError, ValueError, IndexError):
            pass
    return None


# ---- the map of kappa -----------------------------------------------------------------------------------------------------------

def mapped_configuration(tables):
    """Row of configurations: the first minimum of the coldest parents that has dipoles, and soft modes if any have."""
    c = tables["configurations"].columns
    good = (c["outcome"] == 0) & (c["rows_dipoles"] > 0)
    if (good & (c["rows_pseudoharmonic"] > 0)).any():
        good &= c["rows_pseudoharmonic"] > 0
    rows = np.flatnonzero(good)
    cold = np.nan_to_num(c["parent_temperature"], nan=np.inf)
    return min(rows, key=lambda k: (cold[k], k)) if len(rows) else None


def draw_bonds(axes, positions, i, j, kappa):
    """Each bond from both ends, so that those across the boundary leave on one side and enter on the other; the softest on top."""
    order = np.argsort(-kappa)
    i, j, kappa = i[order], j[order], kappa[order]
    d = positions.bonds(i, j)
    x = positions.x - np.floor(positions.x @ np.linalg.inv(positions.box)) @ positions.box
    segments = np.stack([x[i], x[i] + d, x[j] - d, x[j]], axis=1).reshape(-1, 2, 2)
    norm = matplotlib.colors.LogNorm(*np.percentile(kappa, [CLIPPED, 100 - CLIPPED]), clip=True)
    shown = matplotlib.colors.ListedColormap(plt.get_cmap("magma")(np.linspace(0, 0.93, 256)))  # its last shades are lost on white
    lines = matplotlib.collections.LineCollection(segments, array=np.repeat(kappa, 2), norm=norm, cmap=shown, lw=1.5, capstyle="round")
    axes.add_collection(lines)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) @ positions.box
    frame = matplotlib.patches.Polygon(corners, closed=True, fill=False, ec="0.3", lw=0.8)
    axes.add_patch(frame)
    lines.set_clip_path(frame)
    axes.set_xlim(corners[:, 0].min(), corners[:, 0].max())
    axes.set_ylim(corners[:, 1].min(), corners[:, 1].max())
    return lines, x


def draw_circles(axes, positions, x, i, j):
    """At the middle of the pair i, j; again at the other side of the box where the circle is cut."""
    middle = x[i] + 0.5 * positions.bonds(i, j)
    radius = 0.035 * np.sqrt(abs(np.linalg.det(positions.box)))
    for shift in np.array([[a, b] for a in (-1, 0, 1) for b in (-1, 0, 1)]) @ positions.box:
        for centre in middle + shift:
            for width, colour in ((3.2, "white"), (1.5, "#0072B2")):
                axes.add_patch(matplotlib.patches.Circle(centre, radius, fill=False, ec=colour, lw=width, zorder=5, clip_on=True))


def figure_map(tables, facts):
    if "dipoles" not in tables or dimension_of(tables) == 3:
        return None
    row, c = mapped_configuration(tables), tables["configurations"].columns
    if row is None:
        return None
    mine = tables["dipoles"].columns["frame"] == c["frame"][row]
    i, j = (tables["dipoles"].columns[key][mine].astype(int) for key in "ij")
    kappa, distance = (tables["dipoles"].columns[key][mine] for key in ("kappa", "distance"))
    positions = find_positions(facts, int(c["source_frame"][row]), i, j, distance)
    if positions is None:
        if dimension_of(tables) == 2:
            print(f"plot.py: {facts['path']}: no map of kappa: found no .h5md file with the positions", file=sys.stderr)
        return None
    figure, axes = plt.subplots(figsize=(6.6, 5.9))
    lines, x = draw_bonds(axes, positions, i, j, kappa)
    axes.set_aspect("equal")
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    n = 0
    if "pseudoharmonic" in tables and "core_i" in tables["pseudoharmonic"].columns:
        p = tables["pseudoharmonic"].columns  # the dipole that a mode grew from, i and j, may lie elsewhere
        soft = np.flatnonzero(p["frame"] == c["frame"][row])
        soft = soft[np.argsort(p["stiffness"][soft])][:N_CIRCLES]
        draw_circles(axes, positions, x, p["core_i"][soft].astype(int), p["core_j"][soft].astype(int))
        n = len(soft)
    bar = figure.colorbar(lines, ax=axes, shrink=0.8, extend="both", pad=0.02)
    bar.set_label(rf"dipole stiffness $\kappa$  {KAPPA},  logarithmic, {CLIPPED} % clipped at either end")
    plain_logarithm(bar.ax.yaxis)
    told = [facts["model"], f"N = {c['particles'][row]:.0f}", name_of(c["parent_temperature"][row]), f"configuration {c['frame'][row]:.0f}"]
    axes.set_title(",  ".join(t for t in told if t) + (f"\ncircles: softest pseudoharmonic modes ({n})" if n > 0 else ""))
    return figure
