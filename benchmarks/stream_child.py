"""Run by the benchmark of sizes: stream a population, then say how much memory that took."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # at the end: the cvosim that is installed

from benchmarks.memory_child import peak
from cvosim import load_scenario
from cvosim.experiment.streaming import stream


def main(name: str, customers: int) -> None:
    stream(load_scenario(name), customers=customers).metrics()
    print(json.dumps({"peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
