import io
import json
import zipfile

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsRegressor

from cds.core.errors import ArtifactError
from cds.models import skops_archive
from cds.models.skops_archive import ALLOWED, check_archive, read_skops, skops_bytes


@pytest.fixture
def archive():
    """A small stored regression."""
    X = np.arange(20.0).reshape(10, 2)
    return skops_bytes(LogisticRegression().fit(X, X[:, 0] > 8))


def changed(content, change, compression=zipfile.ZIP_STORED):
    """The archive after ``change`` was applied to its members (name to bytes)."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", compression) as target:
        for name, held in members.items():
            target.writestr(name, held)
    return written.getvalue()


def first_array(members):
    return next(name for name in members if name.endswith(".npy"))


def with_schema(content, change):
    def edit(members):
        schema = json.loads(members["schema.json"])
        change(schema)
        members["schema.json"] = json.dumps(schema).encode()

    return changed(content, edit)


def test_the_same_estimator_gives_the_same_bytes_and_reads_back():
    X = np.arange(20.0).reshape(10, 2)
    fitted = LogisticRegression().fit(X, X[:, 0] > 8)
    assert skops_bytes(fitted) == skops_bytes(fitted)
    assert np.array_equal(read_skops(skops_bytes(fitted)).predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("loader", ["ObjectNode", "FunctionNode", "TypeNode", "ConstructorFromReduceNode"])
@pytest.mark.parametrize(("module", "name"), [("os", "system"), ("builtins", "eval"), ("subprocess", "Popen")])
def test_a_malicious_archive_is_refused_by_name_and_nothing_runs(loader, module, name, archive, tmp_path):
    canary = tmp_path / "canary"
    text = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode"}
    command = {**text, "content": json.dumps(f"touch {canary}"), "is_json": True}
    arguments = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": [command]}
    attack = {"__class__": name, "__module__": module, "__loader__": loader, "content": arguments}

    def add(schema):
        schema["content"]["content"]["coef_"] = attack

    with pytest.raises(ArtifactError, match=f"types that are not allowed: {module}.{name}"):
        read_skops(with_schema(archive, add))
    assert not canary.exists()


def test_a_called_method_in_an_archive_is_refused(archive):
    inner = {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {}}
    keys = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}
    method = {"__class__": "dict", "__module__": "builtins", "__loader__": "MethodNode"}

    def add(schema):
        schema["content"]["content"]["coef_"] = {
            **method, "content": {"func": "__getattribute__", "obj": {**inner, "key_types": keys}},
        }  # fmt: skip

    with pytest.raises(ArtifactError, match=r"builtins\.dict\.__getattribute__"):
        read_skops(with_schema(archive, add))


def test_types_beyond_the_list_are_named():
    X = np.arange(20.0).reshape(10, 2)
    fitted = GaussianProcessClassifier().fit(X, X[:, 0] > 8)
    with pytest.raises(ArtifactError, match=r"sklearn\.gaussian_process\.kernels\.RBF"):
        read_skops(skops_bytes(fitted))


def test_families_of_scikit_learn_that_were_not_looked_at_are_refused():
    X = np.arange(20.0).reshape(10, 2)
    for model in (KNeighborsRegressor(n_neighbors=2, algorithm="brute"), KMeans(2, n_init=1)):
        with pytest.raises(ArtifactError, match=f"not allowed: .*{type(model).__name__}"):
            read_skops(skops_bytes(model.fit(X, X[:, 0])))


def test_the_list_names_nothing_that_opens_files_or_runs_code():
    roots = {entry.partition(".")[0] for entry in ALLOWED}
    assert roots == {"sklearn", "scipy", "numpy", "builtins", "functools"}
    assert [entry for entry in ALLOWED if entry.startswith(("builtins", "functools"))] == [
        "builtins.object",
        "functools.partial",
    ]


def test_a_doctored_header_that_asks_for_16_gib_is_refused_before_numpy_sees_it(archive):
    def doctor(members):
        name = first_array(members)
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**31,)})
        members[name] = header.getvalue() + b"\0" * 16

    with pytest.raises(ArtifactError, match=r"promises 17179869184 bytes and holds 16"):
        read_skops(changed(archive, doctor))


def test_a_negative_shape_and_a_cut_array_are_refused(archive):
    def negative(members):
        name = first_array(members)
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (-2, -1)})
        members[name] = header.getvalue() + b"\0" * 16

    def cut(members):
        members[first_array(members)] = members[first_array(members)][:-8]

    for change in (negative, cut):
        with pytest.raises(ArtifactError):
            check_archive(changed(archive, change))


def test_arrays_of_pickled_objects_are_refused(archive, tmp_path):
    canary = tmp_path / "canary"

    class Attack:
        def __reduce__(self):
            return (open, (str(canary), "w"))

    def pickle_in(members):
        held = io.BytesIO()
        np.save(held, np.array([Attack()], dtype=object), allow_pickle=True)
        members[first_array(members)] = held.getvalue()

    with pytest.raises(ArtifactError):
        read_skops(changed(archive, pickle_in))
    assert not canary.exists()


def test_a_compression_bomb_is_refused(archive):
    def inflate(members):
        held = io.BytesIO()
        np.save(held, np.zeros(2_000_000))
        members[first_array(members)] = held.getvalue()

    with pytest.raises(ArtifactError, match="unpacks to more than 200 times its size"):
        read_skops(changed(archive, inflate, zipfile.ZIP_DEFLATED))


def test_too_large_an_archive_is_refused(archive, monkeypatch):
    monkeypatch.setattr(skops_archive, "MAX_TOTAL_BYTES", 1000)
    with pytest.raises(ArtifactError, match="too large"):
        read_skops(archive)
    monkeypatch.undo()
    monkeypatch.setattr(skops_archive, "MAX_MEMBERS", 2)
    with pytest.raises(ArtifactError, match="too large"):
        read_skops(archive)


def test_a_random_generator_that_would_be_seeded_for_hours_is_refused():
    X = np.arange(60.0).reshape(30, 2)
    content = skops_bytes(HistGradientBoostingClassifier(max_iter=1).fit(X, X[:, 0] > 20))
    read_skops(content)

    def enlarge(members):
        schema = members["schema.json"].decode()
        at = schema.index('"pool_size"')
        members["schema.json"] = (
            schema[:at] + schema[at:].replace('"content": "4"', '"content": "2147483648"', 1)
        ).encode()

    with pytest.raises(ArtifactError, match="doctored pool of seeds"):
        read_skops(changed(content, enlarge))


@pytest.mark.parametrize("name", ["1.npz", "../1.npy", "evil.bin", "code.py", "a/b.npy"])
def test_members_other_than_arrays_are_refused(name, archive):
    with pytest.raises(ArtifactError, match="neither its schema nor a dense NumPy array"):
        read_skops(changed(archive, lambda members: members.update({name: b"x"})))


def test_a_schema_that_is_absent_nested_without_end_or_no_json_is_refused(archive):
    deep = b"[" * 100_000
    for change in (
        lambda members: members.pop("schema.json"),
        lambda members: members.update({"schema.json": b"not json"}),
        lambda members: members.update({"schema.json": deep}),
        lambda members: members.update({"schema.json": b'{"protocol": 2}'}),
    ):
        with pytest.raises(ArtifactError):
            read_skops(changed(archive, change))


def test_no_zip_at_all_is_refused():
    for content in (b"", b"\x80\x04\x95pickle", b"PK\x03\x04broken"):
        with pytest.raises(ArtifactError, match="no readable skops archive"):
            read_skops(content)


def test_flipped_bytes_give_a_clean_error_or_a_model(archive):
    rng = np.random.default_rng(1)
    for _ in range(150):
        content = bytearray(archive)
        for at in rng.integers(0, len(content), 3):
            content[at] ^= int(rng.integers(1, 256))
        try:
            read_skops(bytes(content))
        except ArtifactError:
            continue
