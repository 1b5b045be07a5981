#!/usr/bin/env python3
"""model_checks.json (what the tests need of it) -> checks.h: plain static arrays, so that no C test parses JSON.

    make_checks.py --extract FULL.json   first cut the full reference file down to model_checks.json, then write checks.h
    make_checks.py                       write checks.h from model_checks.json
    make_checks.py --check               exit 1 if checks.h is not what model_checks.json gives
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
CONFIGURATION = ["N", "L", "rho", "N_B", "first_types", "x0", "x_last", "U_total", "U_3body", "pairs_inside_cutoff", "F_particle0", "F_max",
                 "F_max_index", "sum_F2", "virial_W=-(1/d) sum r.dU/dr", "P_virial=W/V", "sum_dUdr_xy_over_r (sigma_xy*V)", "diag"]
# name in the file -> potential, input of the model, lattice of lcg.h, fraction of B
MODELS = {"IPL": ("ipl3d", "{}", "f", 0.5), "IPL2D": ("ipl2d", "{}", "2", 0.5), "mBLJ": ("mblj", "{}", "f", 0.2),
          "mBLJ_altBB1.32": ("mblj", "{cutoff: [1.5, 2.0, 1.32]}", "f", 0.2), "SS": ("sticky_spheres", "{}", "f", 0.5),
          "SS_rho0.70": ("sticky_spheres", "{}", "f", 0.5), "SS_rho0.95": ("sticky_spheres", "{}", "f", 0.5),
          "Wahnstrom": ("wahnstrom", "{}", "f", 0.5), "KA": ("kob_andersen", "{}", "f", 0.2), "SW": ("stillinger_weber", "{}", "d", 0)}


def extract(full):
    deterministic = full["deterministic_configuration"]
    structures = full["reference_inherent_structures"]
    return {"coefficients": full["coefficients"],
            "pair_tables": full["pair_tables"],
            "deterministic_configuration": {m: {k: deterministic[m][k] for k in CONFIGURATION} for m in MODELS},
            "reference_inherent_structures": {m: {k: structures[m][k] for k in ("N", "L", "types", "U", "P", "positions")}
                                              for m in ("IPL", "SW", "mBLJ", "SS")},
            "trajectory_checks": {m: full["trajectory_checks"][m] for m in ("IPL", "SW")}}


def vector(values):
    values = [str(v) for v in values] + ["0"] * (3 - len(values))
    return "{" + ", ".join(values) + "}"


def configurations(data):
    yield """typedef struct CheckConfiguration {
  const char *label, *potential, *input;
  char lattice;
  double density, fraction_b;
  int n, n_b;
  double edge, x_first[3], x_last[3], energy, energy_3, pressure_virial, pressure, virial_diagonal[3], virial_xy, force_first[3], max_force;
  int max_index;
  double sum_force2;
  int pairs[3];
  const char *first_types;
} CheckConfiguration;
static const CheckConfiguration check_configurations[] = {"""
    for label, (potential, text, lattice, fraction) in MODELS.items():
        c = data["deterministic_configuration"][label]
        pairs = c["pairs_inside_cutoff"]
        diagonal = ["-(" + v + ")" for v in c["diag"]]
        yield (f'  {{"{label}", "{potential}", "{text}", \'{lattice}\', {c["rho"]}, {fraction}, {c["N"]}, {c["N_B"]}, {c["L"]},\n'
               f'   {vector(c["x0"])}, {vector(c["x_last"])},\n'
               f'   {c["U_total"]}, {c["U_3body"]}, {c["virial_W=-(1/d) sum r.dU/dr"]}, {c["P_virial=W/V"]},\n'
               f'   {vector(diagonal)}, -({c["sum_dUdr_xy_over_r (sigma_xy*V)"]}),\n'
               f'   {vector(c["F_particle0"])}, {c["F_max"]}, {c["F_max_index"]}, {c["sum_F2"]},\n'
               f'   {{{pairs["AA"]}, {pairs["AB"]}, {pairs["BB"]}}}, "{c["first_types"]}"}},')
    yield "};"


def pair_tables(data):
    yield """typedef struct CheckPairRow { double r, u, slope, curve; } CheckPairRow; /* u, u', u'' */
typedef struct CheckPairTable {
  const char *potential;
  int a, b;
  double sigma, range, cut_u, cut_slope, cut_curve; /* limits of u, u', u'' at the cut-off from below */
  CheckPairRow rows[6];
} CheckPairTable;
static const CheckPairTable check_pair_tables[] = {"""
    for model, potential in (("IPL", "ipl3d"), ("IPL", "ipl2d"), ("mBLJ", "mblj"), ("SS", "sticky_spheres"), ("Wahnstrom", "wahnstrom"),
                             ("KA", "kob_andersen"), ("SW", "stillinger_weber")):
        for pair, table in data["pair_tables"][model].items():
            if not isinstance(table, dict):
                continue
            a, b = {"AA": (0, 0), "AB": (0, 1), "BB": (1, 1), "2-body": (0, 0)}[pair]
            limits = ", ".join("0" if abs(float(table[k])) < 1e-20 else table[k] for k in ("U(rc-)", "U'(rc-)", "U''(rc-)"))
            yield f'  {{"{potential}", {a}, {b}, {table["sigma"]}, {table["r_cut"]}, {limits}, {{'
            for row in table["rows"]:
                yield f'    {{{row["r"]}, {row["U"]}, {row["dU"]}, {row["d2U"]}}},'
            yield "  }},"
    yield "};"


def triplets(data):
    yield """/* Stillinger-Weber, lambda 18.75, gamma 1.2: h and its derivatives by r1, r2, cos */
typedef struct CheckTriplet { double r1, r2, cosine, h, slope_1, slope_2, slope_cosine; } CheckTriplet;
static const CheckTriplet check_triplets[] = {"""
    for row in data["pair_tables"]["SW"]["3-body (lambda=18.75, gamma=1.2)"]:
        yield "  {" + ", ".join(str(row[k]) for k in ("r1", "r2", "cos", "h", "dh/dr1", "dh/dr2", "dh/dcos")) + "},"
    yield "};"


def trajectories(data):
    yield """typedef struct CheckTrajectory {
  const char *potential, *name;
  double temperature, coupling_time, dt;
  int steps;
  double potential_energy, kinetic, start, drift, x_first[3], msd, friction, eta; /* start: H' of step 0; drift: H' - start at the end */
} CheckTrajectory;
static const CheckTrajectory check_trajectories[] = {"""
    for model, potential in (("IPL", "ipl3d"), ("SW", "stillinger_weber")):
        t = data["trajectory_checks"][model]
        for name in ("NVE", "NVE_half_dt", "NVT", "NVT_half_dt"):
            r = t[name]
            yield (f'  {{"{potential}", "{name}", {t["T0"]}, {t["tau_NH"]}, {r["dt"]}, {r["steps"]}, {r["U"]}, {r["K"]}, {r["H_start"]},\n'
                   f'   {r["H_end_minus_start"]}, {vector(r["x_particle0_unwrapped"])}, {r["MSD_vs_start"]}, {r.get("xi", 0)}, '
                   f'{r.get("eta", 0)}}},')
    yield "};"


def structures(data):
    for model, stem in (("IPL", "ipl"), ("SW", "sw"), ("mBLJ", "mblj"), ("SS", "ss")):
        s = data["reference_inherent_structures"][model]
        n, values = s["N"], [str(x) for position in s["positions"] for x in position]
        yield f"enum {{ CHECK_{stem.upper()}_N = {n}, CHECK_{stem.upper()}_N_B = {s['types'].count('1')} }}; /* the B are the last */"
        yield f"static const double check_{stem}_edge = {s['L']}, check_{stem}_energy = {s['U']}, check_{stem}_pressure = {s['P']};"
        if model in data["trajectory_checks"]:
            t = data["trajectory_checks"][model]["v_particle0"]
            yield f"static const double check_{stem}_velocity_first[3] = {vector(t)}; /* start of the trajectories */"
        yield f"static const double check_{stem}_positions[{3 * n}] = {{"
        for k in range(0, 3 * n, 6):
            yield "  " + ", ".join(values[k:k + 6]) + ","
        yield "};"


def header(data):
    parts = ["#pragma once", "/** Made by make_checks.py from model_checks.json: do not edit. Digits as in the source; origin in README.md. */",
             "// clang-format off"]
    for part in (configurations, pair_tables, triplets, trajectories, structures):
        parts += part(data)
    return "\n".join(parts) + "\n// clang-format on\n"


def main():
    source, target = HERE / "model_checks.json", HERE / "checks.h"
    if sys.argv[1:2] == ["--extract"]:
        source.write_text(json.dumps(extract(json.loads(pathlib.Path(sys.argv[2]).read_text())), indent=1) + "\n")
    text = header(json.loads(source.read_text()))
    if sys.argv[1:2] == ["--check"]:
        sys.exit(target.read_text() != text)
    target.write_text(text)


if __name__ == "__main__":
    main()
