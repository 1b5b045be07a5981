#!/usr/bin/python3
"""Figures of inherent structures: a tiny two-dimensional glass from its start to response.h5 and transitions, every figure of it, and the
map of kappa, which needs positions: found beside the file or by the name of the parent, and never those of another configuration."""
import shutil
import sys
from pathlib import Path

import h5py
import numpy

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import plot
import plot_kappa_map
from common import Checks, scratch, tektite

check = Checks()
scratch()
INPUT = """model: ipl2d
seed: 2
create: {particles: 100}
run:
  stages:
    - {name: melt, temperature: 2.0, time: 5}
    - {name: at_warm, temperature: 2.0, time: 2, save: {spacing: linear, every: 0.5}}
    - {name: cool, temperature: {from: 2.0, to: 0.7}, time: 5}
    - {name: at_cold, temperature: 0.7, time: 2, save: {spacing: linear, every: 0.5}}
quench: {stage: "at_*"}
respond: {dipole: {pairs: all}, modes: 10, pseudoharmonic: 20, store_vectors: 2}
analyze:
  - {pass: transitions, stage: at_cold}
"""


def drawn(folder, *names):
    for name in names:
        for ending in ("png", "svg"):
            path = Path(folder) / f"{name}.{ending}"
            check(path.is_file() and path.stat().st_size > 5000, path)


def figures():
    result = tektite("plot", "out/response.h5", "out/inherent.h5", "out/analysis.h5", "--quiet")
    check(result.code == 0 and result.err == "", result)
    drawn("out", "response_kappa_map", "response_kappa", "response_temperatures", "response_modes", "inherent_frames", "analysis_transitions")
    check(not list(Path("out").glob("response_dipoles*")), "no lines of what has a figure of its own")
    check(not list(Path("out").glob("response_*vectors*")), "nor of vectors")


def circles():
    """They are where the modes are, which need not be where they began."""
    tables, facts = plot.read_file("out/response.h5")
    tables = {t.name: t for t in tables}
    drawn = [p.center for p in plot_kappa_map.figure_map(tables, facts).axes[0].patches if hasattr(p, "center")]
    row, soft = plot_kappa_map.mapped_configuration(tables), tables["pseudoharmonic"].columns
    mine = numpy.flatnonzero(soft["frame"] == tables["configurations"].columns["frame"][row])[:plot_kappa_map.N_CIRCLES]
    check(len(mine) > 0 and len(drawn) == 18 * len(mine), "two circles in nine boxes for each of", len(mine))
    with h5py.File("out/inherent.h5md") as file:
        home = file["particles/trajectory"]
        x = home["position/value"][int(tables["configurations"].columns["source_frame"][row])][:, :2]
        edges = home["box/edges/value"][0] if "value" in home["box/edges"] else home["box/edges"][()]
    edge = (numpy.diag(edges) if numpy.ndim(edges) == 2 else edges)[0]
    for k in mine:
        ends = x[[int(soft["core_i"][k]), int(soft["core_j"][k])]]
        apart = ends[1] - ends[0]
        middle = ends[0] + (apart - edge * numpy.rint(apart / edge)) / 2
        off = numpy.array(drawn) - middle
        check(abs(off - edge * numpy.rint(off / edge)).sum(axis=1).min() < 1e-6, "a circle around the core of mode", k)


def maps():
    """Found by the parent's name from another folder; not drawn with positions that are not those of the configuration."""
    Path("far").mkdir()
    shutil.copy("out/response.h5", "far/response.h5")
    result = tektite("plot", "far/response.h5", "--quiet")
    check(result.code == 0 and result.err == "", result)
    drawn("far", "response_kappa_map")
    Path("moved").mkdir()
    shutil.move("far/response.h5", "moved/response.h5")
    with h5py.File("out/inherent.h5md", "r+") as file:
        file["particles/trajectory/position/value"][:, 0, 0] += 0.1
    result = tektite("plot", "moved/response.h5", "--quiet")
    check(result.code == 0 and "no map of kappa" in result.err, result)
    drawn("moved", "response_kappa", "response_modes")
    check(not Path("moved/response_kappa_map.png").exists(), "a map of other positions")


Path("glass.yaml").write_text(INPUT)
made = tektite("chain", "glass.yaml", "--out", "out", "--quiet")
if check(made.code == 0, made):
    figures()
    circles()
    maps()
check.finish()
