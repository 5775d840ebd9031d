"""What every test shares: one thread per worker, no screen, repeatable examples, the cohorts' folder."""

import os
import tempfile
from pathlib import Path

# Before NumPy is imported: parallel workers with a thread pool each only wait for one another.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# The key of the tests' fingerprints, so that none is made among the user's own files.
os.environ["CDS_FINGERPRINT_KEY_FILE"] = str(Path(tempfile.gettempdir()) / f"cds-tests-{os.getpid()}" / "key")

import hypothesis  # noqa: E402  # the environment comes first
import pytest  # noqa: E402  # the environment comes first

# The same examples on every machine, however slow it is.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

SHARED = Path(os.environ.get("CDS_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `shared` where the cohorts are absent, and say so."""
    if (SHARED / "data").is_dir():
        return
    absent = pytest.mark.skip(
        reason=f"the shared cohorts are absent: no {SHARED / 'data'}; name their folder in CDS_SHARED"
    )
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(absent)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder that holds data/, reference/ and published_models/; only for tests marked `shared`."""
    return SHARED
