"""How long each stage of a run takes, by number of subjects; prints a table for docs/performance.md.

Example: python benchmarks/stages.py 1000 10000
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = {
    "read": ("read", "load"),
    "map": ("visits", "collect", "derive"),
    "check": ("check", "rules", "gate"),
    "analyse": ("cutoff", "adam"),
    "write": ("measure", "write", "json"),
    "document": ("crf", "define", "guide"),
}


def _call(*arguments: str) -> tuple[float, dict[str, object]]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr or done.stdout)
    return time.perf_counter() - began, json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    """Simulate and run the study for each number of subjects; ratios are against the first."""
    sizes = [int(text) for text in sys.argv[1:]] or [1000, 10000]
    print("| subjects | records | " + " | ".join(STAGES) + " | whole run | against the first | peak memory |")
    print("|---" * (len(STAGES) + 5) + "|")
    first: tuple[int, float] | None = None
    for subjects in sizes:
        with tempfile.TemporaryDirectory() as folder:
            export = Path(folder) / "export.xml"
            _, told = _call("simulate", "cart1922", "--subjects", str(subjects), "--seed", "1", "--out", str(export))
            whole, outcome = _call(
                "run", "cart1922", "--raw", str(export), "--out", str(Path(folder) / "run"), "--no-prefect"
            )
        seconds = outcome["seconds"]
        assert isinstance(seconds, dict)
        by_stage = [
            sum(value for step, value in seconds.items() if step.partition(":")[0] in kinds)
            for kinds in STAGES.values()
        ]
        first = first or (subjects, whole)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        ratio = f"{whole / first[1]:.1f} x the time for {subjects / first[0]:.0f} x the subjects"
        stages = " | ".join(f"{value:.1f} s" for value in by_stage)
        print(f"| {subjects:,} | {told['records']:,} | {stages} | {whole:.0f} s | {ratio} | {memory:.1f} GB |")


if __name__ == "__main__":
    main()
