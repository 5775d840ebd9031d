"""Writes and reads skops archives: checked before a byte is interpreted, loaded under a list fixed here.

Of what skops trusts by itself (scikit-learn's public estimators, NumPy's and SciPy's ufuncs, plain containers)
only scikit-learn's ``FAMILIES`` may be built, and ``ALLOWED`` beyond that; the list that a file asks for is never
consulted.
"""

from __future__ import annotations

import io
import json
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from cds.core.errors import ArtifactError

# Beside each entry: which common pipelines need it.
ALLOWED = (
    "numpy.dtype",  # fitted encoders
    "numpy.number",  # make_column_selector(dtype_include=np.number)
    "builtins.object",  # make_column_selector(dtype_include=object)
    "functools.partial",  # histogram gradient boosting with categories, around check_array
    "sklearn.utils.validation.check_array",  # as above
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",  # its trees, checked later
    "sklearn.tree._tree.Tree",  # trees and forests, checked later (fitted_bounds.py)
    "sklearn.calibration._CalibratedClassifier",  # CalibratedClassifierCV
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.compose._column_transformer._RemainderColsList",  # archives of scikit-learn 1.5 and 1.6
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",  # MLP
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.utils._bunch.Bunch",  # voting and stacking
    "sklearn.impute._iterative.IterativeImputer",
    "sklearn.impute._iterative._ImputerTriplet",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.model_selection._split.KFold",  # searches, whose best estimator predicts
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.metrics._scorer._PassthroughScorer",
    "scipy.interpolate._bsplines.BSpline",  # SplineTransformer; checked later
    "scipy.interpolate._bsplines._BSpline",  # inside a BSpline from SciPy 1.18 on
    "scipy._lib.array_api_compat.numpy._aliases.asarray",  # inside a BSpline before SciPy 1.18
)

# Not among them: nearest neighbours, which keep the training patients' rows and crash when doctored; clustering.
FAMILIES = frozenset(
    f"sklearn.{family}"
    for family in (
        "_loss", "calibration", "compose", "cross_decomposition", "decomposition", "discriminant_analysis", "dummy",
        "ensemble", "feature_selection", "impute", "isotonic", "kernel_approximation", "linear_model",
        "model_selection", "multiclass", "naive_bayes", "neural_network", "pipeline", "preprocessing", "svm", "tree",
        "utils",
    )
)  # fmt: skip

MAX_MEMBERS = 200_000
MAX_TOTAL_BYTES = 2 * 2**30
MAX_SCHEMA_BYTES = 128 * 2**20
MAX_RATIO = 200
_HEADER_BYTES = 10_000
_SCHEMA = "schema.json"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)

# What a damaged archive can make zipfile, json, NumPy, skops and scikit-learn raise.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError,
    EOFError, OverflowError, RecursionError, NotImplementedError, MemoryError, OSError, RuntimeError,
)  # fmt: skip


def skops_bytes(estimator: object) -> bytes:
    """The estimator as a skops archive; the same estimator gives the same bytes.

    Raises:
        ArtifactError: skops cannot write this object.
    """
    import skops.io

    try:
        return _normalised(skops.io.dumps(estimator))
    except (TypeError, ValueError, AttributeError) as error:
        raise ArtifactError(
            f"skops cannot store this {type(estimator).__name__}: {type(error).__name__}",
            do="Use scikit-learn's own transformers; functions from a notebook or script cannot be stored",
        ) from error


def read_skops(content: bytes, *, also: tuple[str, ...] = ()) -> Any:
    """The object in a skops archive; ``also`` are the types that another adapter's own fixed list adds.

    Raises:
        ArtifactError: the archive is damaged or doctored, or holds types beyond the fixed list (named).
    """
    import skops.io

    check_archive(content)
    try:
        with warnings.catch_warnings():
            # Another scikit-learn version is not refused here: the registry compares predictions instead.
            warnings.simplefilter("ignore")
            allowed = {*ALLOWED, *also}
            beyond = sorted(_beyond_families(content) | set(skops.io.get_untrusted_types(data=content)) - allowed)
            if beyond:
                raise ArtifactError(
                    f"the archive holds types that are not allowed: {', '.join(beyond)}",
                    do="Store a pipeline of scikit-learn's own estimators, or validate frozen predictions",
                )
            _refuse_endless_seeds(content)
            return skops.io.loads(content, trusted=[*ALLOWED, *also])
    except _BROKEN as error:
        raise ArtifactError(f"the skops archive is damaged and cannot be read ({type(error).__name__})") from error


def _beyond_families(content: bytes) -> set[str]:
    """The scikit-learn types that the archive names and this project has not looked at."""
    found: set[str] = set()
    for node in _nodes(content):
        module, name = str(node["__module__"]), f"{node['__module__']}.{node.get('__class__')}"
        family = ".".join(module.split(".")[:2])
        if module.startswith("sklearn.") and family not in FAMILIES and name not in ALLOWED:
            found.add(name)
    return found


def _refuse_endless_seeds(content: bytes) -> None:
    """A random generator's pool of seeds is mixed entry by entry: a doctored size keeps NumPy busy for hours."""
    for node in _nodes(content):
        if node.get("__loader__") == "RandomGeneratorNode":
            pool = node["content"]["seed_seq"]["content"]["pool_size"]["content"]
            if json.loads(pool) != 4:  # NumPy's own size
                raise ArtifactError("the skops archive holds a random generator with a doctored pool of seeds")


def _nodes(content: bytes) -> Iterator[dict[str, Any]]:
    """Every part of the archive's schema that names a type."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        waiting = [json.loads(archive.read(_SCHEMA))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
            if "__module__" in node:
                yield node
        elif isinstance(node, list):
            waiting.extend(node)


def check_archive(content: bytes) -> None:
    """Refuse an archive whose sizes, names or array headers promise more than its bytes hold.

    Raises:
        ArtifactError: no zip archive, too many members or bytes, a compression bomb, a member that is neither
            the schema nor a NumPy array, an array whose header does not match its size or that holds objects.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_directory(members)
            for member in members:
                if member.filename != _SCHEMA:
                    _check_array(archive, member)
    except _BROKEN as error:
        raise ArtifactError(f"the file is no readable skops archive ({type(error).__name__})") from error


def _check_directory(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    sizes = {member.filename: member.file_size for member in members}
    if len(sizes) != len(names) or _SCHEMA not in sizes:
        raise ArtifactError("the skops archive has no schema, or one member twice")
    if len(members) > MAX_MEMBERS or sum(sizes.values()) > MAX_TOTAL_BYTES or sizes[_SCHEMA] > MAX_SCHEMA_BYTES:
        raise ArtifactError(
            f"the skops archive is too large: {len(members)} members, {sum(sizes.values())} bytes unpacked",
            do=f"At most {MAX_MEMBERS} members and {MAX_TOTAL_BYTES} bytes are read",
        )
    for member in members:
        if member.filename != _SCHEMA and not re.fullmatch(r"[A-Za-z0-9_-]+\.npy", member.filename):
            raise ArtifactError("the skops archive has a member that is neither its schema nor a dense NumPy array")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArtifactError("the skops archive uses a compression other than deflate")
        if member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise ArtifactError("a member of the skops archive unpacks to more than 200 times its size")


def _check_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    from numpy.lib import format as numpy_format

    npy: Any = numpy_format  # published without complete types
    with archive.open(member) as stream:
        version = npy.read_magic(stream)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read is None:
            raise ArtifactError("the skops archive holds an array of an unknown format")
        shape, _, dtype = read(stream, max_header_size=_HEADER_BYTES)
        promised = math.prod(shape) * dtype.itemsize
        held = member.file_size - stream.tell()
    if dtype.hasobject:
        raise ArtifactError("the skops archive holds an array of pickled Python objects")
    if promised != held or any(size < 0 for size in shape):
        raise ArtifactError(f"an array in the skops archive promises {promised} bytes and holds {held}")


def _normalised(content: bytes) -> bytes:
    """The same archive, members and objects numbered in order: skops writes memory addresses and times."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        files: dict[str, str] = {}
        _renumber(schema, {}, files)
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", compression=zipfile.ZIP_STORED) as target:
            for old, new in files.items():
                target.writestr(zipfile.ZipInfo(new, _FIXED_TIME), archive.read(old))
            target.writestr(zipfile.ZipInfo(_SCHEMA, _FIXED_TIME), json.dumps(schema))
    return written.getvalue()


def _renumber(node: Any, numbers: dict[int, int], files: dict[str, str]) -> None:
    if isinstance(node, list):
        for child in node:
            _renumber(child, numbers, files)
    elif isinstance(node, dict):
        if "__loader__" in node and isinstance(node.get("__id__"), int):
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers) + 1)
        if "__loader__" in node and isinstance(node.get("file"), str):
            suffix = node["file"].rpartition(".")[2]
            node["file"] = files.setdefault(node["file"], f"{len(files) + 1}.{suffix}")
        for child in node.values():
            _renumber(child, numbers, files)
