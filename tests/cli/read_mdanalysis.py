#!/usr/bin/python3
"""read_mdanalysis.py DIR: opens DIR/top.xyz + DIR/run.h5md with MDAnalysis, the way INTERFACE.md promises, and compares every frame with
what h5py reads: positions, box, velocities, times, steps, species names. Prints one line; exit code 1 on any mismatch."""
import os
import sys
import warnings

warnings.simplefilter("ignore")
import h5py
import MDAnalysis
import numpy


def compare(directory):
    topology, path = os.path.join(directory, "top.xyz"), os.path.join(directory, "run.h5md")
    universe = MDAnalysis.Universe(topology, path, convert_units=False)
    with h5py.File(path, "r") as file:
        group = file["particles/trajectory"]
        if list(file["particles"]) != ["trajectory"] or "observables" in file:
            raise ValueError("more than one particle group, or /observables")
        position, n_frames = group["position"], len(group["position/value"])
        for name in ("step", "time"):
            if group["box/edges"][name] != position[name]:
                raise ValueError(f"box/edges/{name} is not position's")
        if len(universe.trajectory) != n_frames:
            raise ValueError(f"{len(universe.trajectory)} frames instead of {n_frames}")
        names = [name.decode() for name in file["parameters/vmd_structure/name"][:]]
        wanted = [names[species - 1] for species in group["species"][:]]
        if list(universe.atoms.names) != wanted:
            raise ValueError("species names differ")
        for k, frame in enumerate(universe.trajectory):
            edges = group["box/edges/value"][k]
            pairs = {
                "positions": (frame.positions, position["value"][k]),
                "box": (frame.dimensions, list(numpy.diag(edges)) + [90.0] * 3),
                "time": (frame.time, position["time"][k]),
                "step": (frame.data["step"], position["step"][k]),
            }
            if "velocity" in group:
                pairs["velocities"] = (frame.velocities, group["velocity/value"][k])
            for name, (found, wanted) in pairs.items():
                if not numpy.allclose(numpy.float32(found), numpy.float32(wanted), rtol=1e-6, atol=0):
                    raise ValueError(f"frame {k}: {name} differ")
        return n_frames, len(group["species"]), "velocity" in group


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        n_frames, n, has_velocity = compare(sys.argv[1])
    except Exception as trouble:  # one line, whatever it is
        print(f"read_mdanalysis: {sys.argv[1]}: {type(trouble).__name__}: {trouble}")
        return 1
    what = "positions, box, times" + (", velocities" if has_velocity else "")
    print(f"read_mdanalysis: {n_frames} frames of {n} particles agree ({what}), MDAnalysis {MDAnalysis.__version__}")
    return 0


sys.exit(main())
