"""``python -m benchmarks.kills [TIMES]``: kill a batch at random moments, resume it, compare.

It is a test too long for the test suite, and no benchmark of speed. Two jobs write reports; after a random time the
parent is killed with SIGKILL, again and again, until it has been killed TIMES times (20); at each kill what the
manifest calls complete is compared with an undisturbed run, and so are all files after the last, undisturbed run.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES, SEED = 20, 6
SCRIPT = (
    "import sys; from cds.patients import explain_batch; from tests.patients import made; import pandas as pd;"
    "frame = pd.concat([made.patients().assign(patient=f'P-{k}-' + made.patients().patient) for k in range(5)]);"
    "explain_batch(made.model(), frame, out=sys.argv[1], jobs=2)"
)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def main(times: int = TIMES) -> int:
    """Print one line per kill and what was wrong; 0 where nothing was."""
    moments = random.Random(SEED)
    faults = 0
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole"
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", SCRIPT, str(whole)], check=True)
        length = time.monotonic() - started
        expected = contents(whole)
        out, kills, round_ = Path(scratch) / "killed-0", 0, 0
        while kills < times:
            process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(out)])
            try:
                process.wait(timeout=moments.uniform(0, length))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                faults += (wrong := _wrong(out, expected))
                print(json.dumps({"kill": kills, "complete": len(_complete(out)), "wrong": wrong}), flush=True)
                continue
            faults += (wrong := contents(out) != expected)
            print(json.dumps({"finished": True, "files": len(contents(out)), "same": not wrong}), flush=True)
            round_ += 1
            out = Path(scratch) / f"killed-{round_}"
        subprocess.run([sys.executable, "-c", SCRIPT, str(out)], check=True)
        same = contents(out) == expected
        print(json.dumps({"kills": kills, "files": len(expected), "same": same, "faults": faults + (not same)}))
    return int(bool(faults) or not same)


def _complete(out: Path) -> dict[str, str]:
    """File name to sha256 of what the manifest calls complete."""
    manifest = out / "manifest.jsonl"
    lines = manifest.read_bytes().split(b"\n")[:-1] if manifest.exists() else []
    entries = [json.loads(line) for line in lines]
    return {n: sha for e in entries if e.get("status") == "complete" for n, sha in e["files"].items()}


def _wrong(out: Path, expected: dict[str, bytes]) -> int:
    """How many files that the manifest calls complete are not those of the undisturbed run."""
    return sum((out / name).read_bytes() != expected[name] for name in _complete(out))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES))
