"""Shared by the cli tests: run tektite as a user would, count checks, read what it wrote."""
import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy

TEKTITE = os.environ.get("TEKTITE") or sys.exit("TEKTITE: the binary")
MPIRUN = os.environ.get("MPIRUN", "mpirun")
for name, value in {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1",
}.items():
    os.environ.setdefault(name, value)


class Checks:
    """Counts; a failed check is told and does not end the test."""

    def __init__(self):
        self.n = self.failed = 0

    def __call__(self, is_true, *what):
        self.n += 1
        if not is_true:
            self.failed += 1
            print("FAILED:", *what, flush=True)
        return bool(is_true)

    def finish(self):
        print(f"{self.n} checks, {self.failed} failed")
        sys.exit(self.failed > 0)


class Result:
    """How a run ended: exit code (-9: killed, None: it hung), standard output and error."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}\n{self.out}{self.err}"


def scratch():
    """A new directory, gone at the end; the test works in there."""
    folder = Path(tempfile.mkdtemp(prefix="tektite-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chdir(folder)
    return folder


def command(*arguments, ranks=0, before=()):
    """The words of a command line; ranks 0: without mpirun."""
    launcher = [MPIRUN, "-n", str(ranks)] if ranks else []
    return [*before, *launcher, TEKTITE, *map(str, arguments)]


def start(*arguments, ranks=0, before=()):
    return subprocess.Popen(command(*arguments, ranks=ranks, before=before), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)


def status_of(pid):
    """State and session of a process; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return fields[0], int(fields[3])
    except OSError:
        return None


def family(process):
    """All living processes of the session that `start` opened: mpirun and the ranks, whoever forked them and when."""
    found = []
    for path in Path("/proc").iterdir():
        status = status_of(path.name) if path.name.isdigit() else None
        if status and status[1] == process.pid and status[0] not in "ZX":
            found.append(int(path.name))
    return sorted(found, key=lambda pid: (pid == process.pid, pid))  # mpirun last


def send(number, whom):
    for pid in whom:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def kill(process, number=signal.SIGKILL, whom=None):
    """Send a signal to all processes of a run, or to some of them; a run that stands still goes on with it. A killed run is gone, with its
    file locks, when this returns: mpirun may be about to fork a rank at any moment, so it is stopped first, and the session is searched
    until nobody is left."""
    if number != signal.SIGKILL:
        everybody = family(process)
        send(number, everybody if whom is None else whom)
        send(signal.SIGCONT, everybody)
        return
    send(signal.SIGSTOP, [process.pid])

    def is_gone():
        left = family(process)
        send(number, left)
        return not left

    if not wait_for(is_gone):
        raise RuntimeError(f"processes {family(process)} of a killed run do not end")


def finish(process, timeout):
    try:
        out, err = process.communicate(timeout=timeout)
        return Result(process.returncode, out, err)
    except subprocess.TimeoutExpired:
        kill(process)
        out, err = process.communicate()
        return Result(None, out, err)


def tektite(*arguments, ranks=0, timeout=120, before=()):
    return finish(start(*arguments, ranks=ranks, before=before), timeout)


def wait_for(condition, seconds=20):
    """Wait until the condition holds; whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def run_until(process, condition, seconds=60):
    """Let a run go on, a moment at a time and so long in all, until the condition holds; whether it did. It is looked at only while the run
    stands still, and the run is left so, for `kill` to wake it: however late this process gets its turn, the run has not come to its end."""
    moment = 0.04
    for _ in range(int(seconds / moment)):
        send(signal.SIGCONT, family(process))
        time.sleep(moment)
        send(signal.SIGSTOP, family(process))
        if process.poll() is not None:
            return False
        if condition():
            return True
    return False


def datasets(path):
    """Every dataset of a file but the record of how it was made, by name."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith(("parameters/tektite/input", "parameters/tektite/parents")):
            found[name] = item[()]

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def is_equal(a, b):
    """Bit for bit, also where it is not a number."""
    a, b = numpy.asarray(a), numpy.asarray(b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return bool((a == b).all()) if a.dtype.hasobject else a.tobytes() == b.tobytes()


def differences(a, b):
    """Names of the datasets in which two files differ."""
    first, second = datasets(a), datasets(b)
    return sorted(name for name in first.keys() | second.keys()
                  if name not in first or name not in second or not is_equal(first[name], second[name]))


def captions(path, check):
    """What stands below each figure of theory.h5, on one line, by the table's name in its entry: plot.py of these sources."""
    script = Path(__file__).resolve().parents[2] / "scripts/plot.py"
    result = subprocess.run([sys.executable, script, path, "--captions"], capture_output=True, text=True)
    check(result.returncode == 0 and result.stderr == "", result.stderr)
    found = {}
    for name, text in re.findall(r"^(\S+)\n((?:  .*\n)*)", result.stdout, re.MULTILINE):
        check(text.count("\n") <= 4, "too long:", text)
        found[name.partition("/")[2]] = " ".join(text.split())
    return found
