"""What the comparison hands to the report: rivals' numbers, differences, curves, tables, and what it refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cds.comparison.validator import BOTH, validate
from cds.core.cohort import Cohort
from cds.core.finding import COLUMNS, Findings
from cds.core.model_card import Feature, ModelCard
from cds.core.outcome import Binary
from cds.core.protocol import ValidationProtocol
from cds.models.sklearn_pipeline import SklearnModel
from tests.samples import drawn, small
from tests.studies import answered, parts


@pytest.fixture(scope="module")
def compared():
    sample = drawn(240, 3)
    noise = np.random.default_rng(5).normal(0, 0.7, 240)
    logit = np.log(sample.risk / (1 - sample.risk))
    other = small(sample.outcome, 1 / (1 + np.exp(-(0.6 * logit + noise))))
    return parts(validate(replace(answered(sample), rivals={"other@1": (other,)})))


def test_a_rival_has_its_own_numbers_and_a_difference(compared) -> None:
    findings = Findings(compared[0])
    own = findings.get("auroc", analysis="rival")
    difference = findings.get("auroc", analysis="comparison", kind="difference", reference_group="other@1")
    assert own.parameters == difference.parameters == {"against": "other@1"}
    assert difference.estimate == pytest.approx(difference.result.details["this_model"] - own.estimate)
    assert all(set(f.record()) == set(COLUMNS) for f in findings)


def test_nothing_bears_on_the_verdict(compared) -> None:
    assert {f.analysis for f in compared[0]} == {"rival", "comparison"}
    assert not any(f.is_overall_primary for f in compared[0])


def test_both_models_stand_in_one_curve_each(compared) -> None:
    curves = {c.name: c for c in compared[1]}
    assert set(curves) == {"comparison_calibration", "comparison_decision", "comparison_differences"}
    for name in ("comparison_calibration", "comparison_decision"):
        assert list(dict.fromkeys(curves[name].columns["model"])) == ["frozen predictions", "other@1"]
    decision = curves["comparison_decision"].columns
    at = decision["threshold"] == 0.2
    own = Findings(compared[0]).get("net_benefit", analysis="rival", threshold=0.2)
    assert decision["net_benefit"][at & (decision["model"] == "other@1")] == pytest.approx([own.estimate])


def test_reclassification_is_refused_with_its_sources(compared) -> None:
    (table,) = compared[2]
    assert "NRI" in table.note
    assert "10.1002/sim.5804" in table.note
    assert "10.1007/s12561-014-9118-0" in table.note
    assert table.section == "comparison"
    assert not any("reclassification" in row[0] for row in table.rows)


def test_without_rivals_there_is_nothing_to_say() -> None:
    assert list(validate(answered())) == []


def test_the_parent_of_an_updated_model_is_before_the_update() -> None:
    sample = drawn(240, 3)
    other = small(sample.outcome, sample.risk**2)
    card = ModelCard(name="m", version="2", outcome="binary", parent="m@1")
    _, curves, tables = parts(validate(replace(answered(sample), rivals={"m@1": (other,)}, card=card)))
    assert tables[0].title == "m@2 against m@1, before the update"
    assert "m@1, before the update" in curves[0].columns["model"]


def test_class_probabilities_have_numbers_but_no_shared_curve() -> None:
    from cds.core.sample_kinds import NominalSample

    rng = np.random.default_rng(1)
    shares = rng.dirichlet([2, 2, 2], 150)
    code = np.array([rng.choice(3, p=row) for row in shares])
    made = [NominalSample(code=code, probability=p, categories=("a", "b", "c")) for p in (shares, shares[:, [0, 2, 1]])]
    study = answered(made[0], thresholds=())
    findings, curves, _ = parts(validate(replace(study, rivals={"other@1": (made[1],)})))
    assert {c.name for c in curves} <= {"comparison_differences"}
    assert any(f.category == "b" and f.kind == "difference" for f in findings)


class _Study:
    """A forest and its cohort, whose outcome is linear in the inputs."""

    @staticmethod
    def make(**refitting):
        from sklearn.ensemble import RandomForestClassifier

        rng = np.random.default_rng(4)
        n = 300
        frame = pd.DataFrame({"age": rng.normal(50, 10, n), "pain": rng.normal(5, 2, n)})
        logit = 0.1 * (frame["age"] - 50) + 0.4 * (frame["pain"] - 5)
        y = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float)
        card = ModelCard(
            name="forest", version="1", outcome="binary",
            inputs=(Feature(name="age", type="number"), Feature(name="pain", type="number")),
        )  # fmt: skip
        forest = RandomForestClassifier(20, random_state=0).fit(frame, y.astype(int))
        model = SklearnModel(card, forest)
        told = {
            "schema": "cds.protocol/1", "name": "p", "version": "1", "question": "q", "design": "internal",
            "outcome": {"kind": "binary", "column": "y"}, "criteria": [{"measure": "auroc", "at_least": 0.6}],
            "refitting": {"folds": 4, **refitting},
        }  # fmt: skip
        sample = small(y, model.predict(frame).values)
        cohort = Cohort(patients=np.arange(n).astype(str), features=frame, outcome=Binary(y))
        return replace(
            answered(sample), cohort=cohort, model=model, card=card, protocol=ValidationProtocol.model_validate(told)
        )


def test_a_forest_meets_a_logistic_regression_in_the_same_parts() -> None:
    findings, curves, tables = parts(validate(_Study.make()))
    difference = next(f for f in findings if f.measure == "auroc" and f.kind == "difference")
    assert difference.analysis == "comparison_refitted"
    assert difference.reference_group == "logistic regression on the same inputs"
    # The truth is linear: the forest ranks worse, and its out-of-fold area is far from the apparent 1.
    assert difference.estimate < 0
    assert difference.result.details["this_model"] < 0.85
    assert difference.result.details["refits"] == difference.result.details["comparator_refits"] == 4
    assert all(c.title.endswith(BOTH) for c in curves)
    assert "4 parts" in tables[0].note


def test_the_parts_do_not_depend_on_the_order_of_work() -> None:
    one, other = (parts(validate(_Study.make()))[0] for _ in range(2))
    assert [f.record() for f in one] == [f.record() for f in other]


def test_a_protocol_can_rule_the_comparator_out_or_ask_for_it() -> None:
    assert list(validate(_Study.make(comparator="none"))) == []
    external = _Study.make()
    protocol = external.protocol.model_copy(update={"design": "external"})
    assert list(validate(replace(external, protocol=protocol))) == []


def test_a_model_that_cannot_be_refitted_is_not_compared_and_it_is_said_why() -> None:
    study = replace(_Study.make(comparator="logistic"), model=None)
    (table,) = validate(study)
    assert table.rows[0][1] == "the predictions are frozen: there is no model to refit"


def test_failed_parts_are_counted_and_refuse_the_comparison() -> None:
    study = _Study.make()

    class Failing(SklearnModel):
        def refit(self, features, outcome, *, weights, rng):
            raise ValueError("a patient's value")

    (table,) = validate(replace(study, model=Failing(study.model.card, study.model.estimator)))
    assert "could not be refitted in 4 of 4 parts: the fit raised ValueError" in table.rows[0][1]
    assert "patient's value" not in str(table)
