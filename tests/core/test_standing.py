"""What a run means for the model's page in clinic."""

from cds import catalog
from cds.core.finding import Finding, Table
from cds.core.measure import Estimate, Interval, NotEstimable
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
