import pytest

from cds.core.errors import ArtifactError, RegistryError
from cds.registry.version import Entry, adapter_for_file, is_pickle, make_registered, parse_entry


def test_an_entry_is_read_back():
    entry = Entry("sklearn_pipeline", "model.skops")
    assert parse_entry(entry.to_bytes(), where="") == entry
    with pytest.raises(RegistryError, match=r"entry\.toml is damaged"):
        parse_entry(b"x", where="folder")


@pytest.mark.parametrize(
    ("name", "adapter"),
    [
        ("a.skops", "sklearn_pipeline"),
        ("a.JSON", "xgboost_booster"),
        ("a.ubj", "xgboost_booster"),
        ("e.toml", "equation"),
    ],
)
def test_the_suffix_chooses_the_adapter(name, adapter):
    assert adapter_for_file(name).name == adapter


def test_a_suffix_that_no_adapter_reads_lists_those_that_are_read():
    with pytest.raises(ArtifactError, match=r"no adapter reads \.h5. Known: .*\.skops"):
        adapter_for_file("model.h5")


def test_pickles_are_known_by_their_suffix():
    assert is_pickle("a.PKL") and is_pickle("a.joblib") and not is_pickle("a.skops")


def test_files_that_do_not_belong_together_are_refused(card):
    from cds.registry.card_file import card_text, read_card

    with pytest.raises(RegistryError, match="lacks its card or its entry"):
        make_registered({}, source="folder")
    files = {"card.toml": card_text(read_card(card)).encode(), "entry.toml": Entry("x", "m.skops").to_bytes()}
    with pytest.raises(RegistryError, match=r"lacks its artifact m\.skops"):
        make_registered(files, source="folder")
