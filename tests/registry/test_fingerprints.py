"""The development rows as fingerprints: what is stored, what is not, and what damage is noticed."""

import json

import numpy as np
import pytest

from cds.core.errors import ArtifactError, DataError, RegistryError
from cds.registry import add, load_model
from cds.registry.card_file import read_card
from cds.registry.fingerprints import FINGERPRINTS, fingerprint_bytes, fingerprint_sets, parse_fingerprints

KEY = b"k" * 32


def folder_of(root):
    return root / "made-up" / "1"


def test_fingerprints_are_sorted_counted_and_read_back(cohort, card) -> None:
    twice = cohort.iloc[[*range(200), 5, 6, 6]]
    [held] = fingerprint_sets(read_card(card), twice, KEY)
    assert (held.rows, held.shared) == (203, ((1, 198), (2, 1), (3, 1)))
    assert sorted(held.counts.tolist()) == [*[1] * 198, 2, 3]
    assert (np.diff(held.digests.astype(object)) > 0).all() and len(held.digests) == 200
    [back] = parse_fingerprints(fingerprint_bytes((held,)))
    assert (back.digests == held.digests).all()
    assert back.columns == held.columns and back.shared == held.shared and back.scope == held.scope


def test_the_order_of_rows_and_the_type_of_numbers_change_nothing(cohort, card) -> None:
    read = read_card(card)
    one = fingerprint_bytes(fingerprint_sets(read, cohort, KEY))
    other = cohort.sample(frac=1, random_state=1).astype({"smoker": float, "sex": object})
    assert fingerprint_bytes(fingerprint_sets(read, other, KEY)) == one


def test_a_patients_equal_rows_count_once_where_the_card_says_whose_they_are(cohort, card) -> None:
    card["inputs"][0]["modifiable"] = card["inputs"][2]["modifiable"] = False  # age and sex
    visits = cohort.assign(pain=cohort["pain"].fillna(0) + 0).iloc[np.repeat(np.arange(200), 3)]
    visits = visits.assign(patient=np.repeat(np.arange(200), 3))
    inputs, stable = fingerprint_sets(read_card({**card, "patient_column": "patient"}), visits, KEY)
    assert (inputs.rows, stable.rows, stable.shared) == (200, 200, ((1, 200),))
    _, unknown = fingerprint_sets(read_card(card), visits, KEY)
    assert (unknown.rows, unknown.shared) == (600, ((3, 200),))
    with pytest.raises(DataError, match="no column 'patient', which the card calls patient_column"):
        fingerprint_sets(read_card({**card, "patient_column": "patient"}), cohort, KEY)


def test_rows_without_a_patient_are_patients_of_their_own(cohort, card) -> None:
    rows = cohort.iloc[[0, 0, 0, 0]].assign(patient=["a", "a", None, None])
    [held] = fingerprint_sets(read_card({**card, "patient_column": "patient"}), rows, KEY)
    assert held.rows == 3


def test_registration_stores_fingerprints_and_no_value(cohort, card, fitted, tmp_path) -> None:
    canary = 73.0625125  # six significant digits of it would be 73.0625
    cohort.loc[0, "age"] = canary
    added = add(fitted, card, development=cohort, root=tmp_path)
    content = (folder_of(tmp_path) / FINGERPRINTS).read_bytes()
    assert b"73.06" not in content and np.float64(canary).tobytes() not in content
    assert np.int64(730625 * 1024 + 513).tobytes() not in content  # nor its canonical spelling
    head = json.loads(content.partition(b"\n")[0])
    assert set(head) == {"schema", "algorithm", "bytes", "sets"}
    loaded = load_model("made-up@1", root=tmp_path)
    assert loaded.sha256 == added.sha256
    assert [len(one.digests) for one in loaded.load_fingerprints()] == [200]
    assert (loaded.load_fingerprints()[0].digests == added.load_fingerprints()[0].digests).all()


def test_without_development_rows_or_by_choice_there_are_none(cohort, card, fitted, tmp_path) -> None:
    assert add(fitted, card, root=tmp_path).load_fingerprints is None
    chosen = add(fitted, {**card, "version": "2"}, development=cohort, fingerprints=False, root=tmp_path)
    assert chosen.load_fingerprints is None
    assert load_model("made-up@2", root=tmp_path).load_fingerprints is None


def test_a_changed_file_is_refused(cohort, card, fitted, tmp_path) -> None:
    add(fitted, card, development=cohort, root=tmp_path)
    path = folder_of(tmp_path) / FINGERPRINTS
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(RegistryError, match=r"fingerprints\.bin does not match its recorded sha256"):
        load_model("made-up@1", root=tmp_path)


def _with(content: bytes, **changes) -> bytes:
    head, _, body = content.partition(b"\n")
    held = json.loads(head)
    held["sets"][0].update({k: v for k, v in changes.items() if k in held["sets"][0]})
    return json.dumps({**held, **{k: v for k, v in changes.items() if k in held}}).encode() + b"\n" + body


def test_damaged_fingerprints_are_an_error_in_words(cohort, card) -> None:
    content = fingerprint_bytes(fingerprint_sets(read_card(card), cohort, KEY))
    damaged = [
        b"", b"\n", content[:-1], content + b"x", b"[]" + content, b"{}\n",
        _with(content, schema="cds.fingerprints/9"), _with(content, rows=3), _with(content, fingerprints=199),
        _with(content, fingerprints=10**15), _with(content, shared=[[1, 3]]), _with(content, subset="other"),
        _with(content, seen="other"), content[:-16] + content[-8:] + content[-16:-8],
    ]  # fmt: skip
    for each in damaged:
        with pytest.raises(ArtifactError, match=r"fingerprints\.bin cannot be read"):
            parse_fingerprints(each)
