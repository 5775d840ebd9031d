import hashlib
import subprocess

import pytest

from cds.core.errors import RegistryError
from cds.registry.sums import SUMS, identity, recorded_sums, sums_text, verified_files

FILES = {"b.csv": b"2", "a.toml": b"1"}


def write(folder):
    for name, content in {**FILES, SUMS: sums_text(FILES).encode()}.items():
        (folder / name).write_bytes(content)


def test_the_sums_are_those_of_sha256sum(tmp_path):
    write(tmp_path)
    assert subprocess.run(["sha256sum", "-c", SUMS], cwd=tmp_path, check=False).returncode == 0
    assert identity(FILES) == hashlib.sha256((tmp_path / SUMS).read_bytes()).hexdigest()


def test_the_order_of_files_does_not_change_the_identity():
    assert identity(FILES) == identity(dict(reversed(FILES.items())))
    assert identity(FILES) != identity({**FILES, "b.csv": b"3"})


def test_verified_files_are_those_that_were_hashed(tmp_path):
    write(tmp_path)
    assert verified_files(tmp_path) == FILES


@pytest.mark.parametrize("text", ["", "abc  a.toml\n", f"{'0' * 64}  ../a.toml\n", f"{'0' * 64} a.toml\n"])
def test_sums_that_this_registry_did_not_write_are_refused(text, tmp_path):
    (tmp_path / SUMS).write_text(text)
    with pytest.raises(RegistryError, match="is damaged"):
        recorded_sums(tmp_path)


def test_a_folder_without_sums_is_no_registered_model(tmp_path):
    with pytest.raises(RegistryError, match="This is no registered model"):
        recorded_sums(tmp_path)
