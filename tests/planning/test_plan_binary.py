"""Plans of studies with a binary outcome."""

import pytest

from cds.core.errors import InputError
from cds.planning.plan_binary import plan_binary
from cds.planning.risks import beta, normal
from cds.planning.targets import Target

TARGETS = [
    Target("observed_expected", 1),
    Target("calibration_slope", 0.2),
    Target("auroc", 0.1),
    Target("standardized_net_benefit", 0.2, 0.1),
]


def test_prevalence_and_c_are_enough_for_every_target() -> None:
    plan = plan_binary(TARGETS, prevalence=0.018, auroc=0.8, n=2000)
    assert [row.patients for row in plan.rows] == [906, 17128, 4252, 3628]
    assert plan.largest is not None and plan.largest.events == 309
    assert all(row.width is not None and row.width > (row.target or 0) for row in plan.rows[1:])


def test_the_risks_say_what_is_not_given() -> None:
    plan = plan_binary([Target("auroc", 0.1)], risks=beta(1.33, 1.75))
    assert any("0.4318" in text for text in plan.assumed) and plan.remarks == ()


def test_risks_that_contradict_the_prevalence_are_told() -> None:
    plan = plan_binary(TARGETS[:2], prevalence=0.018, auroc=0.8, risks=normal(-5, 2.5))
    assert plan.rows[1].patients == 4554
    assert [text.split(" of ")[0] for text in plan.remarks] == [
        "The risks, were they right, imply a prevalence",
        "The risks, were they right, imply a C-statistic",
    ]


def test_a_net_benefit_as_wide_as_it_can_be_is_told() -> None:
    plan = plan_binary([Target("net_benefit", 0.2, 0.1)], prevalence=0.018, auroc=0.8)
    assert "standardized_net_benefit" in plan.remarks[0]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        plan_binary([Target("auroc", -1)], prevalence=2, auroc=0.4, level=0, ratio=0, n=1)
    assert len(str(error.value).splitlines()) == 6


def test_what_is_needed_and_not_given_is_told() -> None:
    with pytest.raises(InputError, match="the prevalence is not known"):
        plan_binary(TARGETS, auroc=0.8)
    with pytest.raises(InputError, match="auroc needs the C-statistic"):
        plan_binary([Target("auroc", 0.1)], prevalence=0.2)
    with pytest.raises(InputError, match="depends on how the risks are spread"):
        plan_binary([Target("calibration_slope", 0.1)], prevalence=0.2)
