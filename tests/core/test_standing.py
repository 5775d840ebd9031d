"""What a run means for the model's page in clinic."""

from types import SimpleNamespace

from cds import catalog
from cds.core.finding import Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable
from cds.core.protocol import ValidationProtocol
from cds.core.standing import standing_of
from tests.core.test_record import ESTIMATE, record

BINARY = catalog.measures("binary")
OPEN = Estimate(0.62, Interval(0.55, 0.7, 0.95, "wald"), n=100, events=40)


def findings():
    return [
        Finding("auroc", "discrimination", OPEN, verdict="inconclusive", criterion={"at_least": 0.6}),
        Finding("auroc", "discrimination", ESTIMATE, attribute="sex", group="f"),
        Finding("auroc", "discrimination", ESTIMATE, attribute="sex", group="f", kind="difference"),
        Finding("brier", "overall", NotEstimable("none")),
        Finding("ici", "calibration", ESTIMATE),
        *(
            Finding(name, "utility", Estimate(0.1 * t, NotEstimable("none")), threshold=t)
            for name in ("net_benefit", "net_benefit_treat_all", "net_benefit_gain")
            for t in (0.2, 0.3)
        ),
    ]


def standing(**more):
    return standing_of(record(findings(), definitions=BINARY, **more))


def test_it_names_the_run_the_protocol_and_the_model():
    found = standing(model_sha256="ab")
    assert (found.run_id, found.readiness, found.protocol, found.model_sha256) == ("r", "ready", "p 1", "ab")
    assert (found.n, found.events, found.design, found.synthetic) == (100, 40, "external", False)


def test_what_was_not_met_is_listed_with_its_numbers():
    (only,) = standing().unsettled
    assert (only["measure"], only["label"], only["verdict"]) == ("auroc", "Area under the ROC curve", "inconclusive")
    assert (only["estimate"], only["low"], only["high"]) == (0.62, 0.55, 0.7)


def test_cited_measures_are_listed_overall_and_by_group_without_gaps():
    found = [(p["measure"], p["group"], p["estimate"]) for p in standing().performance]
    assert found == [("auroc", None, 0.62), ("brier", None, None), ("auroc", "f", 1.0)]


def test_each_threshold_has_its_net_benefits_and_what_happens_to_a_thousand():
    header = ("threshold", "found", "missed", "wrongly flagged", "correctly left", "net benefit")
    table = Table("per_thousand", "utility", "t", header, (("0.2", "300", "17", "400", "283", "9"),) * 2)
    first, second = standing(tables=(table,)).decision
    assert first["threshold"] == 0.2 and first["net_benefit"]["estimate"] == 0.1 * 0.2
    assert first["per_thousand"] == {"found": 300, "missed": 17, "wrongly_flagged": 400, "correctly_left": 283}
    assert second["threshold"] == 0.3
    assert standing().decision[0]["per_thousand"] == {}


def survival_standing(**more):
    """A run at 90 and 365 days with one threshold."""
    protocol = ValidationProtocol.model_validate(
        {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?", "time_unit": "days",
            "outcome": {"kind": "survival", "time": "t", "event": "e", "competing": "none: nobody died"},
            "measures": {"thresholds": [0.2], "horizons": [90, 365]},
            "criteria": [{"measure": "observed_expected", "horizon": 365, "within": [0.8, 1.2]}],
        }
    )  # fmt: skip
    found = [
        Finding("harrell_c", "discrimination", ESTIMATE),
        Finding("observed_expected", "calibration", OPEN, horizon=90.0),
        Finding("observed_expected", "calibration", OPEN, horizon=365.0, verdict="fails", criterion={"at_least": 0.8}),
        *(
            Finding(name, "utility", Estimate(h / 1000, NotEstimable("none")), threshold=0.2, horizon=h)
            for name in ("net_benefit", "net_benefit_treat_all", "net_benefit_gain")
            for h in (90.0, 365.0)
        ),
    ]
    label = SimpleNamespace(label="A label", in_unit=False)
    definitions = dict.fromkeys(("harrell_c", "observed_expected"), label)
    return standing_of(record(found, definitions=definitions, protocol=protocol, **more))


def test_measures_of_an_outcome_that_takes_time_carry_their_horizon_and_its_unit():
    found = survival_standing()
    told = [(p["measure"], p.get("horizon"), p.get("time_unit")) for p in found.performance]
    assert told == [
        ("harrell_c", None, None), ("observed_expected", 90.0, "days"), ("observed_expected", 365.0, "days"),
    ]  # fmt: skip
    assert [(u["horizon"], u["time_unit"]) for u in found.unsettled] == [(365.0, "days")]


def test_utility_is_listed_by_horizon_with_the_thousand_patients_of_that_horizon():
    header = ("horizon", "threshold", "found", "missed", "wrongly flagged", "correctly left")
    table = Table("per_thousand", "utility", "t", header, (("365", "0.2", "300", "17", "400", "283"),))
    early, late = survival_standing(tables=(table,)).decision
    assert (early["horizon"], early["net_benefit"]["estimate"], early["per_thousand"]) == (90.0, 0.09, {})
    assert (late["horizon"], late["net_benefit"]["estimate"]) == (365.0, 0.365)
    assert late["per_thousand"] == {"found": 300, "missed": 17, "wrongly_flagged": 400, "correctly_left": 283}


def test_of_categories_only_the_judged_threshold_is_a_decision():
    judged = {"measure": "net_benefit_gain", "category": "b", "threshold": 0.3, "at_least": 0}
    numbers = {
        "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "?",
        "outcome": {"kind": "nominal", "column": "y", "categories": ["a", "b"]},
        "measures": {"thresholds": [0.2, 0.3]}, "criteria": [judged],
    }  # fmt: skip
    listed = [
        Finding(name, "utility", Estimate(t, NotEstimable("none")), threshold=t, category=c)
        for name in ("net_benefit", "net_benefit_gain") for t in (0.2, 0.3) for c in ("a", "b")
    ]  # fmt: skip
    made = record(listed, definitions=catalog.measures("nominal"), protocol=ValidationProtocol.model_validate(numbers))
    (only,) = standing_of(made).decision
    assert (only["threshold"], only["category"], only["net_benefit"]["estimate"]) == (0.3, "b", 0.3)
