"""The catalogue finds every measure, and every measure is explained, tested, and right about weights and order."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from cds import catalog
from cds.core.errors import InputError
from cds.core.measure import Measure, NotEstimable
from cds.core.model import Adapter
from tests.samples import drawn, small

ROOT = Path(__file__).resolve().parents[1]
# The names that other programs rely on: the results contract's list for binary outcomes.
BINARY = [
    "calibration_in_the_large",
    "calibration_slope",
    "observed_expected",
    "ici",
    "e50",
    "e90",
    "emax",
    "eci",
    "spiegelhalter_z",
    "auroc",
    "average_precision",
    "discrimination_slope",
    "brier",
    "scaled_brier",
    "log_loss",
    "nagelkerke_r2",
    "net_benefit",
    "net_benefit_treat_all",
    "net_benefit_gain",
    "standardized_net_benefit",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
]
NOMINAL = [
    "auroc",
    "hand_till_m",
    "polytomous_discrimination_index",
    "brier",
    "log_loss",
    "observed_expected",
    "multinomial_recalibration_intercept",
    "multinomial_recalibration_slope",
    "ici",
]
ORDINAL = [*NOMINAL, "ordinal_c", "cumulative_observed_expected"]
CONTINUOUS = [
    "calibration_in_the_large",
    "calibration_slope",
    "calibration_intercept",
    "mae",
    "rmse",
    "r_squared",
    "pearson",
    "interval_coverage",
]
CONTRACT = {"binary": BINARY, "nominal": NOMINAL, "ordinal": ORDINAL, "continuous": CONTINUOUS}
PROMISED = [(kind, name) for kind, names in CONTRACT.items() for name in names]
FAMILIES = ("overall", "calibration", "discrimination", "utility")


def declared() -> dict[tuple[str, str], Path]:
    """Each measure's kind and name, and the file that declares it."""
    found = {}
    for family in FAMILIES:
        for module in catalog._modules(family):
            for value in vars(module).values():
                if isinstance(value, Measure):
                    found[value.kind, value.name] = Path(inspect.getfile(module)).relative_to(ROOT)
    return found


def _cases():
    """Every measure with every parameter it takes: thresholds .2 and .5, the three smoothers."""
    for measure in catalog.measures("binary").values():
        options = [{}]
        if "threshold" in measure.parameters:
            options = [{"threshold": 0.2}, {"threshold": 0.5}]
        if "smoother" in measure.parameters:
            options = [{"smoother": name} for name in ("rcs", "lowess", "loess")]
        for given in options:
            yield pytest.param(measure, given, id="-".join([measure.name, *map(str, given.values())]))


CASES = list(_cases())


def tied(n, seed):
    """n patients, a third of the risks rounded so that they tie."""
    sample = drawn(n, seed, shift=0.3, slope=0.8)
    return small(sample.outcome, np.where(np.arange(n) % 3 == 0, sample.risk.round(1).clip(0.1, 0.9), sample.risk))


def agree(one, other, rel=1e-9):
    assert isinstance(one, float), one
    assert one == pytest.approx(other, rel=rel, abs=1e-12)


@pytest.mark.parametrize("kind", CONTRACT)
def test_every_measure_of_the_contract_exists(kind):
    assert set(CONTRACT[kind]) - set(catalog.measures(kind)) == set()


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'binary'"):
        catalog.measures("binry")


@pytest.mark.parametrize(("kind", "name"), PROMISED)
def test_every_measure_is_explained(kind, name):
    measure = catalog.measures(kind)[name]
    assert measure.label and measure.formula and measure.interval_name
    assert "doi:10." in measure.source
    assert measure.family in FAMILIES


@pytest.mark.parametrize(("kind", "name"), PROMISED)
def test_every_measure_has_a_mirrored_test_and_a_module_docstring(kind, name):
    path = declared()[kind, name]
    assert (ROOT / "tests" / path.relative_to("cds").with_name(f"test_{path.name}")).is_file()
    assert (ROOT / path).read_text(encoding="utf-8").startswith('"""')


def test_measures_that_must_not_decide_say_why():
    refused = {m.name for m in catalog.measures("binary").values() if m.refused_as_criterion}
    assert refused == {"average_precision", "spiegelhalter_z", "net_benefit_treat_all"}


def test_distances_are_known_as_such():
    assert {m.name for m in catalog.measures("binary").values() if m.is_distance} == {
        "ici",
        "e50",
        "e90",
        "emax",
        "eci",
    }


def test_a_measure_declared_twice_is_refused(monkeypatch):
    from types import SimpleNamespace

    twin = Measure(
        kind="binary", name="brier", family="overall", label="another", compute=lambda _: 0.0, ideal=0.0,
        direction="lower", formula="f", source="s",
    )  # fmt: skip
    monkeypatch.setattr(catalog, "_extensions", lambda: iter([SimpleNamespace(__name__="other.package", BRIER=twin)]))
    catalog.all_measures.cache_clear()
    try:
        with pytest.raises(InputError, match=r"other\.package: measure 'brier' for binary outcomes is declared twice"):
            catalog.all_measures()
    finally:
        catalog.all_measures.cache_clear()


def test_every_family_with_a_validator_is_found_data_quality_first():
    further = ["sites", "internal", "comparison", "drift", "explanation", "planning", "claims"]
    over_time = ["survival", "longitudinal"]
    assert list(catalog.validators()) == ["dataquality", *FAMILIES, *over_time, "fairness", *further]


def test_the_adapters_are_found_by_name():
    found = catalog.adapters()
    assert {"equation", "sklearn_pipeline", "xgboost_booster"} <= set(found)
    assert all(isinstance(adapter, Adapter) and adapter.name == name for name, adapter in found.items())


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_weights_of_two_equal_doubled_rows_and_weights_of_zero_are_absent(measure, given):
    sample = tied(140, seed=4)
    weights = np.random.default_rng(5).integers(0, 4, 140).astype(float)
    rows = np.repeat(np.arange(140), weights.astype(int))
    repeated = small(sample.outcome[rows], sample.risk[rows])
    agree(measure.compute(sample.reweight(weights), **given), measure.compute(repeated, **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_doubling_every_weight_of_a_small_sample_equals_doubling_its_rows(measure, given):
    sample = tied(60, seed=8)  # fewer than 100 rows, and more than 100 when doubled: other knots
    doubled = small(np.repeat(sample.outcome, 2), np.repeat(sample.risk, 2))
    agree(measure.compute(sample.reweight(np.full(60, 2.0)), **given), measure.compute(doubled, **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_the_order_of_the_rows_changes_nothing(measure, given):
    sample, order = tied(140, seed=6), np.random.default_rng(7).permutation(140)
    permuted = small(sample.outcome[order], sample.risk[order])
    agree(measure.compute(permuted, **given), measure.compute(sample, **given))


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_a_replicate_is_the_physically_resampled_data(measure, given):
    # Two documented exceptions: the spline's knots are frozen, and loess is evaluated at 41 points. A replicate's
    # regressions stop a step earlier than the full sample's.
    sample = tied(140, seed=9)
    drawn_rows = np.random.default_rng(10).integers(0, 140, 140)
    replicate = sample.resample(np.bincount(drawn_rows, minlength=140).astype(float))
    resampled = small(sample.outcome[drawn_rows], sample.risk[drawn_rows])
    rough = given.get("smoother") in ("rcs", "loess") or measure.name == "eci"
    value, wanted = measure.compute(replicate, **given), measure.compute(resampled, **given)
    agree(value, wanted, rel=0.35 if rough else 1e-6 if measure.uses_logit else 1e-9)


@pytest.mark.parametrize(("measure", "given"), CASES)
@pytest.mark.parametrize("event", [0.0, 1.0])
def test_with_one_outcome_class_there_is_a_finite_number_or_a_reason(measure, given, event):
    sample = tied(60, seed=11)
    value = measure.compute(small(np.full(60, event), sample.risk), **given)
    assert isinstance(value, NotEstimable) or np.isfinite(value)


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_one_patient_gives_a_finite_number_or_a_reason(measure, given):
    value = measure.compute(small([1], [0.3]), **given)
    assert isinstance(value, NotEstimable) or np.isfinite(value)


@pytest.mark.parametrize(("measure", "given"), CASES)
def test_fractional_weights_that_are_all_equal_change_nothing(measure, given):
    sample = tied(140, seed=12)
    value = measure.compute(sample.reweight(np.full(140, 0.5)), **given)
    if given.get("smoother") in ("lowess", "loess") or measure.name == "eci":
        assert isinstance(value, NotEstimable) and "fractional weights" in value.reason
    elif measure.name == "spiegelhalter_z":  # its size grows with the root of the weights' sum
        agree(value * np.sqrt(2), measure.compute(sample))
    else:
        agree(value, measure.compute(sample, **given))
