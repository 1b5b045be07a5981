"""Wrong inputs, given as a user gives them: one clear message, exit code 2 (input) or 3 (file), nobody left hanging, nothing lost.

The message is one line, `file:line:column: error: ..` or `tektite: error: ..`, with the source line and a caret where there is one. mpirun
adds a banner of its own about the exit code, which is not looked at."""
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy
from common import Checks, finish, kill, run_until, scratch, start, tektite

GOOD = """model: kob_andersen
seed: 3
create: {particles: 400}
run:
  timestep: 0.004
  stages:
    - {name: hot, temperature: 1.5, coupling_time: 0.5, steps: 200, save: {spacing: linear, every: 0.2}}
"""
MESSAGE = re.compile(r"^(tektite: error: |\S+:\d+:\d+: error: |[^ :]+: error: |command line.*: error: )")
FORBIDDEN = ["HDF5-DIAG", "MPI_ABORT", "MPI_Abort", "fatal", "Segmentation", "Process received signal", "AddressSanitizer", "runtime error",
             "core dumped", "(null)", "Assertion"]

check = Checks()
n_cases = 0


def without_banner(text):
    """Standard error but for what mpirun puts between two lines of dashes."""
    lines, is_inside = [], False
    for line in text.splitlines():
        if line.startswith("-----"):
            is_inside = not is_inside
        elif not is_inside and line.strip():
            lines.append(line)
    return lines


def judge(result, name, code, text):
    """The promises that hold for every mistake."""
    global n_cases
    n_cases += 1
    codes = code if isinstance(code, tuple) else (code,)
    if not check(result.code in codes, f"{name}: exit {code} is expected, got", result):
        return
    lines = [line for line in without_banner(result.err) if not line.startswith("tektite: warning: ")]
    told = [line for line in lines if MESSAGE.match(line)]
    check(len(told) == 1, f"{name}: one message is expected, got {len(told)}:\n{result.err}")
    check(len(lines) <= 3, f"{name}: more than a message and its place:\n{result.err}")
    check(text.lower() in "\n".join(lines).lower(), f"{name}: '{text}' is expected in\n{result.err}")
    for word in FORBIDDEN:
        check(word not in result.out + result.err, f"{name}: '{word}' in\n{result.err}")
    if told and re.match(r"^\S+\.yaml:\d+:\d+:", told[0]) and name not in ["empty input", "comment only"]:
        check(len(lines) == 3 and "^" in lines[2], f"{name}: source line and caret are expected in\n{result.err}")


def expect(name, code, text, *arguments, ranks=0, before=()):
    judge(tektite(*arguments, ranks=ranks, timeout=20, before=before), name, code, text)


def wrong_text(name, text, message, verb="check", ranks=0, code=2):
    """A wrong input file; `check` and the stage itself must say the same."""
    Path("wrong.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    expect(name, code, message, verb, "wrong.yaml", ranks=ranks)


def changed(old, new):
    assert old in GOOD, old
    return GOOD.replace(old, new)


def make_good():
    Path("good.yaml").write_text(GOOD)
    result = tektite("chain", "good.yaml", "--out", "good", "--quiet")
    check(result.code == 0, "the good input:", result)
    for ending in ["data", "xyz"]:
        result = tektite("export", "good/run.h5md", f"good.{ending}", "--quiet")
        check(result.code == 0, f"export to .{ending}:", result)


def input_texts():
    wrong_text("unknown key", changed("temperature", "temprature"), "temperature")
    wrong_text("unknown key of a section", changed("particles", "particels"), "particles")
    wrong_text("unknown section", GOOD + "quensh: {}\n", "unknown")
    wrong_text("unknown key, two ranks", changed("temperature", "temprature"), "temperature", verb="run", ranks=2)
    wrong_text("word for a number", changed("400", "many"), "many")
    wrong_text("list for a number", changed("400", "[400]"), "particles")
    wrong_text("number for a section", changed("{particles: 400}", "400"), "create")
    wrong_text("trailing text", changed("steps: 200", "steps: 1e6abc"), "1e6abc")
    wrong_text("trailing text in a double", changed("0.004", "0.004ps"), "0.004ps")
    wrong_text("broken integer", changed("steps: 200", "steps: 200.5"), "200.5")
    wrong_text("not a number", changed("0.004", "nan"), "nan")
    wrong_text("infinite", changed("0.004", ".inf"), "timestep")
    wrong_text("hexadecimal", changed("400", "0x10"), "0x10")
    wrong_text("out of range", changed("400", "0"), "particles")
    wrong_text("too large", changed("400", "1e30"), "particles")
    wrong_text("negative time step", changed("0.004", "-0.004"), "timestep")
    wrong_text("zero time step", changed("0.004", "0"), "timestep")
    wrong_text("negative seed", changed("seed: 3", "seed: -3"), "seed")
    wrong_text("negative temperature", changed("temperature: 1.5", "temperature: -1"), "temperature")
    wrong_text("duplicate key", changed("seed: 3", "seed: 3\nseed: 4"), "seed")
    wrong_text("duplicate section", GOOD + "create: {particles: 20}\n", "create")
    wrong_text("unknown model", changed("kob_andersen", "kob_anderson"), "kob_andersen")
    wrong_text("unknown parameter of the model", changed("kob_andersen", "{name: kob_andersen, cutof: 2}"), "cutof")
    wrong_text("model without a name", changed("kob_andersen", "{cutoff: 2}"), "name")
    wrong_text("no model", changed("model: kob_andersen\n", ""), "model")
    wrong_text("no run", GOOD[:GOOD.index("run:")], "run", verb="run")
    wrong_text("no run, two ranks", GOOD[:GOOD.index("run:")], "run", verb="run", ranks=2)
    wrong_text("no stages", changed(GOOD[GOOD.index("  stages"):], ""), "stages")
    wrong_text("empty stages", changed(GOOD[GOOD.index("  stages"):], "  stages: []\n"), "stage", verb="run")
    wrong_text("no name", changed("name: hot, ", ""), "name")
    wrong_text("nvt without temperature", changed("temperature: 1.5, ", ""), "temperature", verb="run")
    wrong_text("no length", changed("steps: 200, ", ""), "steps", verb="run")
    wrong_text("two lengths", changed("steps: 200, ", "steps: 200, time: 3, "), "time", verb="run")
    wrong_text("unknown ensemble", changed("name: hot", "name: hot, ensemble: npt"), "nvt")
    wrong_text("thermostat too fast", changed("coupling_time: 0.5", "coupling_time: 0.001"), "thermostat", verb="run")
    wrong_text("two stages of one name", GOOD + "    - {name: hot, temperature: 1, coupling_time: 0.5, steps: 10}\n", "hot", verb="run")
    wrong_text("blocks longer than the stage", changed("spacing: linear, every: 0.2", "spacing: log_blocks, block_time: 100"), "block",
               verb="run")
    wrong_text("linear without every", changed(", every: 0.2", ""), "every", verb="run")
    wrong_text("unknown spacing", changed("linear", "cubic"), "cubic")
    wrong_text("max_time without until", changed("steps: 200", "steps: 200, max_time: 5"), "until", verb="run")
    wrong_text("ramp until stationary", changed("temperature: 1.5, ", "temperature: {from: 2, to: 1}, until: stationary, ").replace("steps: 200, ", ""),
               "stationary", verb="run")
    wrong_text("unknown pass", GOOD + "analyze: [{pass: self_moton}]\n", "self_motion")
    wrong_text("quench of a stage that is not", GOOD + "quench: {stage: cold}\n", "named 'cold'", verb="chain")
    wrong_text("quench of stages that are not", GOOD + "quench: {stage: \"I*\"}\n", "named 'I*'", verb="check")
    silent = changed(", save: {spacing: linear, every: 0.2}", "")
    wrong_text("quench of a stage that stores nothing", silent + "quench: {stage: hot}\n", "stores no frames", verb="chain")
    wrong_text("quench of frames that nobody stores", silent + "quench: {every: 2}\n", "stores frames", verb="chain")
    wrong_text("response of frames that nobody stores", silent + "respond: {modes: 3}\n", "stores frames", verb="chain")
    wrong_text("transitions of frames that nobody stores", silent + "analyze: [{pass: transitions}]\n", "stores frames", verb="chain")
    wrong_text("pass on a stage that is not", GOOD + "analyze: [{pass: self_motion, stage: cold}]\n", "named 'cold'", verb="chain")
    wrong_text("response in a chain without quench", GOOD + "respond: {modes: 3}\n", "quench", verb="chain", ranks=2)
    wrong_text("transitions in a chain without quench", GOOD + "analyze: [{pass: transitions}]\n", "quench", verb="chain")
    wrong_text("bad duration", changed("  timestep", "  checkpoint_every: 5 parsecs\n  timestep"), "checkpoint_every")
    wrong_text("empty input", "", "empty")
    wrong_text("comment only", "# nothing\n", "wrong.yaml")
    wrong_text("a list", "- 1\n- 2\n", "wrong.yaml")
    wrong_text("a word", "hello\n", "wrong.yaml")
    wrong_text("a tab", changed("  timestep", "\ttimestep"), "tab")
    wrong_text("bracket not closed", changed("400}", "400"), "wrong.yaml")
    wrong_text("indentation", changed("  timestep", "   timestep"), "wrong.yaml")
    wrong_text("two documents", GOOD + "---\n" + GOOD, "document")
    wrong_text("an alias", changed("seed: 3", "seed: *three"), "wrong.yaml")
    wrong_text("zero bytes", b"model: ipl3d\0\0", "text file")
    wrong_text("random bytes", random.Random(1).randbytes(5000), "wrong.yaml")
    wrong_text("bytes that are no UTF-8", b"model: ipl3d\nseed: \xff\xfe\n", "wrong.yaml")
    wrong_text("deep nesting", "model: " + "[" * 3000 + "]" * 3000 + "\n", "wrong.yaml")
    expect("a file of results as input", 2, "text file", "run", "good/run.h5md")
    expect("override of an unknown key", 2, "particles", "check", "good.yaml", "create.particels=5")
    expect("override with text behind the number", 2, "5x", "check", "good.yaml", "create.particles=5x")
    expect("override of a missing stage", 2, "stages", "check", "good.yaml", "run.stages[7].time=5")
    expect("override of a missing stage, two ranks", 2, "stages", "run", "good.yaml", "run.stages[7].time=5", ranks=2)


def command_lines():
    expect("--replicas 0", 2, "--replicas", "run", "good.yaml", "--replicas", "0")
    expect("--domains 2x", 2, "--domains", "run", "good.yaml", "--domains", "2x")
    expect("--max-walltime abc", 2, "--max-walltime", "run", "good.yaml", "--max-walltime", "abc")
    expect("unknown option", 2, "--frobnicate", "run", "good.yaml", "--frobnicate", "--quiet")
    expect("unknown short option", 2, "-z", "run", "-z", "good.yaml")
    expect("option without its value", 2, "--out", "run", "good.yaml", "--out")
    expect("option with a value too many", 2, "--json=5", "run", "good.yaml", "--json=5", "--quiet")
    expect("unknown option, two ranks", 2, "--frobnicate", "run", "good.yaml", "--frobnicate", ranks=2)
    expect("missing input", 2, "No such file", "run", "missing.yaml")
    expect("too many domains", 2, "largest grid for this box is 3x3x3", "run", "good.yaml", "create.particles=1000", "run.from=big/start.h5md",
           "--domains", "9x1x1", "--out", "domains")
    expect("too many domains, two ranks", 2, "largest grid", "run", "good.yaml", "run.from=big/start.h5md", "--domains", "9x1x1", "--out",
           "domains", ranks=2)
    expect("more domains than ranks", 2, "ranks", "run", "good.yaml", "run.from=big/start.h5md", "--domains", "2x1x1", "--out", "domains")


def starts():
    tektite("create", "good.yaml", "create.particles=20", "--out", "small", "--quiet")
    tektite("create", "good.yaml", "create.particles=1000", "--out", "big", "--quiet")
    tektite("create", "good.yaml", "model=ipl2d", "--out", "flat", "--quiet")
    tektite("create", "good.yaml", "model=ipl3d", "--out", "soft", "--quiet")
    small = ["run", "good.yaml", "run.from=small/start.h5md", "--out", "small_run"]
    expect("box smaller than two cut-offs", 2, "two cut-offs", *small)
    expect("box smaller than two cut-offs, two ranks", 2, "two cut-offs", *small, ranks=2)
    expect("no start", 3, "create", "run", "good.yaml", "--out", "nowhere")
    expect("no start, two ranks", 3, "create", "run", "good.yaml", "--out", "nowhere", ranks=2)
    expect("missing start", (2, 3), "gone.h5md", "run", "good.yaml", "run.from=gone.h5md", "--out", "nowhere")
    expect("missing file for create", (2, 3), "gone.xyz", "create", "good.yaml", "create.from=gone.xyz", "--out", "nowhere")
    expect("missing frame", (2, 3), "frame", "run", "good.yaml", "run.from=good/run.h5md", "run.frame=99", "--out", "nowhere")
    expect("wrong model for the file", 2, "ipl3d", "run", "good.yaml", "run.from=soft/start.h5md", "--out", "nowhere")
    expect("wrong model for the file, two ranks", 2, "ipl3d", "run", "good.yaml", "run.from=soft/start.h5md", "--out", "nowhere", ranks=2)
    expect("wrong dimension", (2, 3), "2-dimensional", "run", "good.yaml", "run.from=flat/start.h5md", "--out", "nowhere")
    Path("start.txt").write_text("400\n")
    expect("wrong ending", (2, 3), "start.txt", "create", "good.yaml", "create.from=start.txt", "--out", "nowhere")
    expect("analysis of nothing", 3, "nowhere", "analyze", "good.yaml", "analyze=[{pass: self_motion}]", "--out", "nowhere")


def damaged_files():
    whole = Path("good/run.h5md").read_bytes()
    generator = random.Random(7)
    for length in [0, 1, 50, 96, 511, 2048, 8192, len(whole) // 2, len(whole) - 4096, len(whole) - 1]:
        Path("cut.h5md").write_bytes(whole[:length])
        for verb, arguments in [("run", ["run.from=cut.h5md"]), ("evaluate", ["evaluate.from=cut.h5md"])]:
            expect(f"{verb} of {length} of {len(whole)} bytes", 3, "cut.h5md", verb, "good.yaml", *arguments, "--out", "cut_run")
        expect(f"explain of {length} bytes", 3, "cut.h5md", "explain", "cut.h5md")
        expect(f"export of {length} bytes", 3, "cut.h5md", "export", "cut.h5md", "cut.xyz")
    expect("truncated file, two ranks", 3, "cut.h5md", "run", "good.yaml", "run.from=cut.h5md", "--out", "cut_run", ranks=2)
    Path("noise.h5md").write_bytes(generator.randbytes(20000))
    expect("random bytes", 3, "noise.h5md", "run", "good.yaml", "run.from=noise.h5md", "--out", "cut_run")
    Path("noise.h5md").write_bytes(whole[:2048] + generator.randbytes(len(whole) - 2048))
    expect("random bytes behind a good beginning", 3, "noise.h5md", "run", "good.yaml", "run.from=noise.h5md", "--out", "cut_run")
    expect("random bytes, analyze", 3, "noise.h5md", "analyze", "good.yaml", "analyze=[{pass: self_motion, from: noise.h5md}]", "--out", "cut_run")
    with h5py.File("empty.h5md", "w"):
        pass
    expect("HDF5 without a trajectory", 3, "empty.h5md", "run", "good.yaml", "run.from=empty.h5md", "--out", "cut_run")
    shutil.copy("good/run.h5md", "nan.h5md")
    with h5py.File("nan.h5md", "r+") as file:
        file["particles/trajectory/position/value"][:, 5, 1] = numpy.nan
    expect("positions that are no numbers", (2, 3), "particle 5 is at nan", "evaluate", "good.yaml", "evaluate.from=nan.h5md", "--out", "cut_run")
    expect("positions that are no numbers, two ranks", (2, 3), "particle 5 is at nan", "run", "good.yaml", "run.from=nan.h5md", "--out", "cut_run", ranks=2)
    shutil.copy("good/run.h5md", "species.h5md")
    with h5py.File("species.h5md", "r+") as file:
        file["particles/trajectory/species"][3] = 77
    expect("unknown species", (2, 3), "species", "run", "good.yaml", "run.from=species.h5md", "--out", "cut_run")
    expect("status of a file", 3, "good.yaml", "status", "good.yaml")


def text_files():
    """LAMMPS data and extended XYZ with one thing wrong."""

    def broken(name, source, message, edit):
        lines = Path(source).read_text().splitlines()
        edit(lines)
        path = "broken" + Path(source).suffix
        Path(path).write_text("\n".join(lines) + "\n")
        expect(f"{source}: {name}", (2, 3), message, "create", "good.yaml", f"create.from={path}", "--out", "broken")

    def at(lines, start):
        return next(k for k, line in enumerate(lines) if line.startswith(start))

    def word(k, index, text):
        def edit(lines):
            row = at(lines, "Atoms") + 2 + k if any(line.startswith("Atoms") for line in lines) else 2 + k
            words = lines[row].split()
            words[index] = text
            lines[row] = " ".join(words)
        return edit

    def drop(k):
        def edit(lines):
            row = at(lines, "Atoms") + 2 + k if any(line.startswith("Atoms") for line in lines) else 2 + k
            lines[row] = " ".join(lines[row].split()[:3])
        return edit

    def replace(old, new):
        def edit(lines):
            text = "\n".join(lines)
            assert old in text, old
            lines[:] = text.replace(old, new, 1).split("\n")
        return edit

    for source in ["good.data", "good.xyz"]:
        broken("position is no number", source, "broken", word(7, 3, "nan"))
        broken("position is a word", source, "broken", word(7, 3, "here"))
        broken("short line", source, "broken", drop(9))
        broken("unknown species", source, "broken", word(7, 1 if source.endswith("data") else 0, "9" if source.endswith("data") else "Xx"))
        broken("file ends early", source, "broken", lambda lines: lines.__delitem__(slice(60, None)))
        broken("empty", source, "broken", lambda lines: lines.clear())
    broken("no atoms", "good.data", "broken", replace("400 atoms", "0 atoms"))
    broken("more atoms than lines", "good.data", "broken", replace("400 atoms", "401 atoms"))
    broken("negative number of atoms", "good.data", "broken", replace("400 atoms", "-4 atoms"))
    broken("no box", "good.data", "broken", lambda lines: lines.__delitem__(next(k for k, line in enumerate(lines) if "xlo" in line)))
    broken("an id twice", "good.data", "broken", word(7, 0, "1"))
    broken("no lattice", "good.xyz", "broken", replace("Lattice", "Latice"))
    broken("a count that is no number", "good.xyz", "broken", replace("400", "4oo"))
    broken("more particles than lines", "good.xyz", "broken", replace("400", "401"))
    broken("properties without positions", "good.xyz", "broken", replace("pos:R:3", "pos:R:1"))


def directories():
    Path("plain").write_text("a file\n")
    for verb in ["create", "run", "chain"]:
        more = ["run.from=good/start.h5md"] if verb == "run" else []
        expect(f"{verb}: output path is a file", 3, "plain", verb, "good.yaml", *more, "--out", "plain")
        expect(f"{verb}: output path below a file", 3, "plain", verb, "good.yaml", *more, "--out", "plain/below")
    expect("output path is a file, two ranks", 3, "plain", "run", "good.yaml", "run.from=good/start.h5md", "--out", "plain", ranks=2)
    check(Path("plain").read_text() == "a file\n", "the file in the way was changed")
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        print("skipped: unwritable directories (need root and setpriv)")
        return
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/tmp"]
    os.chmod(".", 0o755)
    can_run = subprocess.run([*nobody, os.environ["TEKTITE"], "--version"], capture_output=True).returncode == 0
    if not can_run:
        print("skipped: unwritable directories (the binary is not readable for nobody)")
        return
    Path("locked").mkdir(mode=0o755)
    for verb in ["create", "run"]:
        more = ["run.from=good/start.h5md"] if verb == "run" else []
        expect(f"{verb}: directory cannot be made", 3, "Permission denied", verb, "good.yaml", *more, "--out", "locked/new", before=nobody)
        expect(f"{verb}: directory cannot be written", 3, "Permission denied", verb, "good.yaml", *more, "--out", "locked", before=nobody)
    os.chmod("good/run.h5md", 0o600)
    expect("file cannot be read", 3, "Permission denied", "explain", "good/run.h5md", before=nobody)
    os.chmod("good/run.h5md", 0o644)


def checkpoints():
    """Resuming: from a damaged checkpoint, from two, with another input, from other files."""
    arguments = ["run", "good.yaml", "run.from=good/start.h5md", "run.stages[0].steps=60000", "run.checkpoint_every=0.1s", "--quiet"]
    reference = tektite(*arguments, "--out", "whole", "--json").json()["final_digest"]

    def interrupted(out):
        process = start(*arguments, "--out", out)
        run_until(process, lambda: Path(out, "checkpoint.h5.prev").exists())
        kill(process)
        finish(process, 20)
        check(Path(out, "checkpoint.h5").exists() and Path(out, "checkpoint.h5.prev").exists(), f"{out}: two checkpoints are expected")

    def spoil(path, seed):
        content = bytearray(Path(path).read_bytes())
        generator = random.Random(seed)
        middle = len(content) // 2
        content[middle:middle + 200] = generator.randbytes(200)
        Path(path).write_bytes(content)

    def resumes(out, what):
        result = tektite(*arguments, "--out", out, "--json")
        check(result.code == 0 and result.json()["final_digest"] == reference, what, result)
        return result

    for k, damage in enumerate([lambda path: spoil(path, 5), lambda path: os.truncate(path, 1000), lambda path: os.truncate(path, 0),
                                lambda path: os.unlink(path)]):
        interrupted(f"resume{k}")
        damage(f"resume{k}/checkpoint.h5")
        told = resumes(f"resume{k}", f"one checkpoint damaged ({k}):").err
        check("warning" in told and ".prev" in told, "going on from .prev is told:", told)
    interrupted("both")
    frames = Path("both/run.h5md").stat().st_size
    spoil("both/checkpoint.h5", 1)
    os.truncate("both/checkpoint.h5.prev", 3000)
    expect("both checkpoints damaged", 3, "checkpoint", *arguments, "--out", "both")
    expect("both checkpoints damaged, two ranks", 3, "checkpoint", *arguments, "--out", "both", ranks=2)
    check(Path("both/run.h5md").stat().st_size == frames, "both checkpoints damaged: frames were lost")
    verdict = tektite("status", "both")
    check(verdict.code == 4, "status with both checkpoints damaged:", verdict)
    result = tektite(*arguments, "--out", "both", "--restart-from-scratch", "--json")
    check(result.code == 0 and result.json()["final_digest"] == reference, "restart from scratch:", result)

    interrupted("other")
    size = Path("other/run.h5md").stat().st_size
    expect("checkpoint of another input", 2, "another input", *arguments, "seed=99", "--out", "other")
    expect("checkpoint of another input, two ranks", 2, "another input", *arguments, "run.stages[0].temperature=9", "--out", "other", ranks=2)
    check(Path("other/run.h5md").stat().st_size == size, "checkpoint of another input: frames were lost")
    shutil.copy("good/start.h5md", "other/run.h5md")
    expect("frames of another run", 3, "run.h5md", *arguments, "--out", "other")
    os.unlink("other/run.h5md")
    expect("frames are gone", 3, "run.h5md", *arguments, "--out", "other")
    interrupted("table")
    os.truncate("table/thermo.h5", 3000)
    expect("thermo table truncated", 3, "thermo.h5", *arguments, "--out", "table")


def full_disks():
    """A small tmpfs that fills up: the message names the disk, what was written stays readable, and room makes the run go on."""
    Path("disk").mkdir()

    def mount(size):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tektite-test", "disk"], capture_output=True).returncode == 0

    if os.geteuid() != 0 or not mount("700k"):
        print("skipped: full disks (mount is not permitted)")
        return
    try:
        arguments = ["run", "good.yaml", "run.from=good/start.h5md", "run.stages[0].steps=20000", "run.stages[0].save.every=0.1", "--quiet"]
        reference = tektite(*arguments, "--out", "room", "--json")
        check(reference.code == 0, "with room:", reference)
        expect("disk full during run", 3, "No space left", *arguments, "run.checkpoint_every=0.1s", "--out", "disk/run")
        for ranks in [0, 2]:
            for path in [*Path("disk/run").glob("*.h5"), *Path("disk/run").glob("*.h5md")]:
                result = tektite("explain", path)
                check(result.code == 0, "full disk: explain", result)
                try:
                    with h5py.File(path, "r") as file:
                        name = "particles/trajectory/position/value"
                        if name in file:
                            with h5py.File("room/run.h5md", "r") as other:
                                n = len(file[name])
                                check(n > 3 and (file[name][()] == other[name][:n]).all(), f"full disk: the {n} frames differ")
                except (OSError, KeyError) as error:
                    check(False, "full disk:", path, error)
            if ranks == 0:
                shutil.rmtree("disk/run")
                expect("disk full during run, two ranks", 3, "No space left", *arguments, "run.checkpoint_every=0.1s", "--out", "disk/run", ranks=2)
        subprocess.run(["mount", "-o", "remount,size=100m", "disk"], check=True)
        result = tektite(*arguments, "run.checkpoint_every=0.1s", "--out", "disk/run", "--json")
        check(result.code == 0 and result.json()["final_digest"] == reference.json()["final_digest"], "the full disk has room again:", result)
        shutil.rmtree("disk/run")
        expect_full("create", ["create", "good.yaml", "create.particles=20000", "--out", "disk/create"], "100k")
        expect_full("create to .xyz", ["export", "good/run.h5md", "disk/all.xyz", "frames=all"], "40k")
        expect_full("analyze", ["analyze", "good.yaml", "analyze=[{pass: self_motion, from: room}]", "--out", "disk/analysis"], "8k")
        expect_full("evaluate", ["evaluate", "good.yaml", "evaluate.from=good/run.h5md", "--out", "disk/evaluate"], "8k")
    finally:
        subprocess.run(["umount", "disk"], capture_output=True)


def expect_full(name, arguments, size):
    subprocess.run(["mount", "-o", f"remount,size={size}", "disk"], check=True)
    expect(f"{name} on a full disk", 3, "No space left", *arguments)
    left = [path for path in Path("disk").rglob("*") if path.name.endswith(".tmp")]
    check(not left, f"{name} on a full disk leaves", left)
    for path in Path("disk").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


scratch()
make_good()
starts()
for group in [input_texts, command_lines, damaged_files, text_files, directories, checkpoints, full_disks]:
    group()
print(f"{n_cases} mistakes")
check.finish()
