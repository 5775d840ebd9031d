"""The audit of a card's or a paper's claims."""

from cds.claims.audit import audit_card, audit_claims
from cds.claims.finding import JUDGEMENTS, joined
from cds.core.model_card import DevelopmentSummary, ModelCard
from cds.registry import list_models


def card(**more: object) -> ModelCard:
    return ModelCard.model_validate({"name": "m", "version": "1", "outcome": "binary", **more})


def test_the_worst_findings_come_first_and_are_counted() -> None:
    audit = audit_claims({"f1": "0.851", "prevalence": "27%", "error": "0.147", "lift": 2.0}, name="paper")
    order = [JUDGEMENTS.index(f.judgement) for f in audit.findings]
    assert order == sorted(order) and len(audit.wrong) == 1
    assert audit.record()["counts"] == {
        "impossible": 1,
        "misleading": 0,
        "implausible": 0,
        "consistent": 1,
        "cannot be checked": 1,
    }


def test_sets_keep_their_names() -> None:
    audit = audit_claims({"sets": [{"name": "forest", "auroc": "0.999"}, {"name": "tree", "auroc": "0.70"}]})
    assert [(f.set_name, f.judgement) for f in audit.findings] == [("forest", "implausible"), ("tree", "consistent")]


def test_a_cards_development_data_are_the_population_of_an_internal_evaluation() -> None:
    development = DevelopmentSummary(rows=1000, events=50)
    claims = {"prevalence": "0.50", "accuracy": "0.90", "n": 400}
    internal = audit_card(card(claims={**claims, "evaluation": "split"}, development=development))
    assert any("50/1,000" in f.sentence or "5 %" in f.sentence for f in internal.wrong)
    assert audit_card(card(claims=claims, development=development)).wrong == ()


def test_the_cards_prevalence_is_the_populations() -> None:
    audit = audit_card(card(claims={"prevalence": "0.50", "n": 400}, prevalence=0.05))
    assert [f.judgement for f in audit.findings] == ["misleading"]


def test_no_shipped_model_raises_a_false_alarm() -> None:
    for listed in list_models(root="no-such-folder"):
        if listed.card is not None:
            assert audit_card(listed.card).wrong == ()


def test_words_are_joined() -> None:
    assert joined(["a"]) == "a"
