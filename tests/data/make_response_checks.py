#!/usr/bin/env python3
"""response_checks.json (second derivatives and responses that the tests need) -> response_checks.h, as make_checks.py does for the rest.

    make_response_checks.py --extract FULL.json   first cut the full reference file down, then write the header
    make_response_checks.py                       write the header
    make_response_checks.py --check               exit 1 if the header is not what the json gives
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
CURVATURE = ["U_gamma_gamma (Born, extensive)", "Xi2_full (incl. prestress, reference coords)", "Xi_particle0", "Trace_Hessian", "v.M.v",
             "|Mv|^2"]
LABELS = ["IPL", "IPL2D", "mBLJ", "mBLJ_altBB1.32", "SS", "SS_rho0.70", "SS_rho0.95", "Wahnstrom", "KA", "SW"]
GLASSES = {"IPL": "ipl3d", "mBLJ": "mblj", "SS": "sticky_spheres", "SW": "stillinger_weber"}


def extract(full):
    glasses = full["reference_inherent_structures"]
    return {"deterministic_configuration": {m: {k: full["deterministic_configuration"][m][k] for k in CURVATURE} for m in LABELS},
            "reference_inherent_structures": {m: glasses[m] for m in GLASSES}, "SW_diamond": glasses["SW_diamond"]}


def vector(values):
    values = [str(v) for v in values]
    return "{" + ", ".join(values) + "}"


def curvatures(data):
    yield """typedef struct CheckCurvature {
  const char *label; /* of check_configurations, same order */
  double born, xi2, xi_first[3], trace, vmv, mv2;
} CheckCurvature;
static const CheckCurvature check_curvatures[] = {"""
    for label, c in data["deterministic_configuration"].items():
        born, xi2, first, trace, vmv, mv2 = (c[k] for k in CURVATURE)
        yield f'  {{"{label}", {born}, {xi2}, {vector(first)}, {trace}, {vmv}, {mv2}}},'
    yield "};"


def glasses(data):
    structures = data["reference_inherent_structures"]
    for label, potential in GLASSES.items():
        values = [str(x) for position in structures[label]["positions"] for x in position]
        yield f"static const double check_glass_{potential}[] = {{"
        for k in range(0, len(values), 6):
            yield "  " + ", ".join(values[k:k + 6]) + ","
        yield "};"
    yield """typedef struct CheckPair {
  int i, j;
  double kappa;
} CheckPair;
typedef struct CheckGlass {
  const char *potential;
  int n, n_b; /* the B are the last */
  double edge, energy, pressure, shear_stress, born, nonaffine, shear, strained; /* strained: G from finite strain */
  int n_pairs;
  double kappa_mean, kappa_min, kappa_median;
  CheckPair first[5], softest;
  double eigenvalues[9], largest, xi2; /* lowest, three zeros among them */
  double cost_start, cost, stiffness, participation, cost_v, gradient_v;
  const double *positions;
} CheckGlass;
static const CheckGlass check_glasses[] = {"""
    for label, potential in GLASSES.items():
        s = structures[label]
        first = ", ".join(f'{{{p["i"]}, {p["j"]}, {p["kappa"]}}}' for p in s["kappa_first5_pairs"])
        soft = s["kappa_softest_pair"]
        p = s["pseudoharmonic"]
        yield (f'  {{"{potential}", {s["N"]}, {s["types"].count("1")}, {s["L"]}, {s["U"]}, {s["P"]}, {s["sigma_xy"]}, {s["G_born"]},\n'
               f'   {s["G_nonaffine"]}, {s["G"]}, {s["G_from_finite_strain(+-1e-5)"]}, {s["n_interacting_pairs"]},\n'
               f'   {s["kappa_mean_all_pairs"]}, {s["kappa_min"]}, {s["kappa_median"]},\n'
               f'   {{{first}}}, {{{soft["i"]}, {soft["j"]}, {soft["kappa"]}}},\n'
               f'   {vector(s["eigenvalues_lowest"])}, {s["eigenvalue_max"]}, {s["Xi_norm2"]},\n'
               f'   {p["C_at_softest_dipole_response"]}, {p["C_converged"]}, {p["stiffness_converged"]}, {p["participation_ratio"]},\n'
               f'   {p["C(v), v=LCG777 vector"]}, {p["|grad C(v)|"]}, check_glass_{potential}}},')
    yield "};"


def diamonds(data):
    yield """/* Diamond, bond 2^(1/6): C44 */
typedef struct CheckDiamond {
  double lambda, relaxed, unrelaxed;
} CheckDiamond;
static const CheckDiamond check_diamonds[] = {"""
    for name, d in data["SW_diamond"].items():
        yield f'  {{{name.split("=")[1]}, {d["C44_relaxed"]}, {d["C44_unrelaxed"]}}},'
    yield "};"


def header(data):
    parts = ["#pragma once", "/** Made by make_response_checks.py from response_checks.json: do not edit. Origin in README.md. */",
             "// clang-format off"]
    for part in (curvatures, glasses, diamonds):
        parts += part(data)
    return "\n".join(parts) + "\n// clang-format on\n"


def main():
    source, target = HERE / "response_checks.json", HERE / "response_checks.h"
    if sys.argv[1:2] == ["--extract"]:
        source.write_text(json.dumps(extract(json.loads(pathlib.Path(sys.argv[2]).read_text())), indent=1) + "\n")
    text = header(json.loads(source.read_text()))
    if sys.argv[1:2] == ["--check"]:
        sys.exit(target.read_text() != text)
    target.write_text(text)


if __name__ == "__main__":
    main()
