"""``python -m benchmarks [NAME ...]``: run all benchmarks, or the named ones."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "startup",
    "validate_600",
    "large_cohort",
    "large_groups",
    "fairness_speed",
    "scaling",
    "explanation",
    "tree_explanation",
    "patients",
    "instability",
    "sites",
    "concordance",
    "survival_bootstrap",
    "overlap",
)


def main(names: list[str]) -> int:
    """Run the named benchmarks in turn."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in names or NAMES:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
