from dataclasses import replace

import numpy as np
import pytest

from cds.core.errors import RegistryError
from cds.core.model import Standing
from cds.core.model_card import ModelCard
from cds.registry.standings import latest_standing, record_standing

CARD = ModelCard(name="made-up", version="1", outcome="binary")
STANDING = Standing(
    run_id="run/1 of 2", created="2026-11-20T10:00:00Z", readiness="inconclusive", model_sha256="ab",
    protocol="p@1", question="q", population="adults", design="external", n=200, events=80,
    unsettled=({"measure": "auroc", "estimate": np.float64(0.7), "low": None},),
)  # fmt: skip


def test_what_was_recorded_is_read_back(tmp_path):
    path = record_standing(CARD, STANDING, root=tmp_path)
    assert path.parent == tmp_path / "made-up" / ".standing" / "1"
    assert latest_standing(tmp_path, "made-up", "1") == STANDING


def test_the_one_recorded_last_counts_whatever_it_says_and_whatever_time_it_prints(tmp_path):
    record_standing(CARD, STANDING, root=tmp_path)
    record_standing(CARD, replace(STANDING, created="1999-01-01T10:00:00Z", readiness="not_ready"), root=tmp_path)
    assert latest_standing(tmp_path, "made-up", "1").readiness == "not_ready"
    record_standing(CARD, replace(STANDING, created="1999-01-01T10:00:00Z"), root=tmp_path)
    assert latest_standing(tmp_path, "made-up", "1").readiness == STANDING.readiness
    assert len(list((tmp_path / "made-up" / ".standing" / "1").iterdir())) == 3
    assert latest_standing(tmp_path, "made-up", "2") is None


def test_a_run_on_another_outcome_is_no_standing(tmp_path):
    record_standing(CARD, replace(STANDING, for_card_outcome=False), root=tmp_path)
    assert latest_standing(tmp_path, "made-up", "1") is None
    record_standing(CARD, replace(STANDING, readiness="not_ready"), root=tmp_path)
    record_standing(CARD, replace(STANDING, for_card_outcome=False), root=tmp_path)
    assert latest_standing(tmp_path, "made-up", "1").readiness == "not_ready"


def test_a_damaged_record_is_an_error_and_no_older_one_stands_in(tmp_path):
    record_standing(CARD, STANDING, root=tmp_path)
    damaged = tmp_path / "made-up" / ".standing" / "1" / "2026-12.json"
    for text in ("{", "[]", "{}"):
        damaged.write_text(text)
        with pytest.raises(RegistryError, match="the record of a validation run is damaged"):
            latest_standing(tmp_path, "made-up", "1")
