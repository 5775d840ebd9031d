"""The built-in imputer: against mice, and what it must and must not fill."""

import numpy as np
import pandas as pd
import pytest

import cds
from cds.assembly.imputation_columns import outcome_columns
from cds.assembly.imputation_tables import potential_scale_reduction
from cds.assembly.imputer import impute
from cds.core.errors import InputError
from cds.core.model_card import AskedIf, Feature, ModelCard
from cds.core.outcome import Nominal, Survival
from cds.core.protocol_analyses import MissingInputsSection
from tests.assembly.made import CARD, cohort, expit, linear, mar

# R 4.2.2, mice 3.15.0, on mar() written to a file; the mean of four runs of 50 imputations, its standard deviation:
#   x$work <- factor(x$work); x$sex <- factor(x$sex); x$y <- factor(x$y)
#   im <- mice(x, m = 50, maxit = 10, method = c(age = "", pain = "norm", sex = "logreg", work = "polyreg", y = ""))
#   pain <- pmin(pmax(pain, 0), 10); glm(y ~ lp), glm(y ~ offset(lp)), pROC::roc per imputation; pool.scalar(n = 600)
MICE = {
    "calibration_slope": (0.96887, 0.10882, 0.011),
    "calibration_in_the_large": (0.05302, 0.09515, 0.002),
    "logit_auroc": (1.15306, 0.11684, 0.010),
}
MICE_MEANS = {"pain": 5.10225, "lifting": 0.43595, "male": 0.53494}
SETTINGS = MissingInputsSection(method="impute", imputations=20, iterations=5)


@pytest.fixture(scope="module")
def rows():
    return mar()


@pytest.fixture(scope="module")
def made(rows):
    return impute(cohort(rows), CARD, SETTINGS, seed=1)


def test_pooled_slope_and_c_are_those_of_mice_within_simulation_error(rows, made):
    m, n = len(made.features), len(rows)
    found = cds.evaluate.binary(
        np.tile(rows.y, m), np.concatenate([expit(linear(f)) for f in made.features]), replicates=0,
        patient=np.tile(np.arange(n), m), imputation=np.repeat(np.arange(m), n),
    )  # fmt: skip
    area = found["auroc"].estimate
    ours = {
        "calibration_slope": (found["calibration_slope"].estimate, found["calibration_slope"].se),
        "calibration_in_the_large": (
            found["calibration_in_the_large"].estimate,
            found["calibration_in_the_large"].se,
        ),
        "logit_auroc": (np.log(area / (1 - area)), found["auroc"].result.interval.scale_se),
    }
    for name, (estimate, se, error) in MICE.items():
        assert ours[name][0] == pytest.approx(estimate, abs=4 * max(error, 0.006)), name
        assert ours[name][1] == pytest.approx(se, rel=0.06), name


def test_imputed_means_are_those_of_mice(made):
    drawn = {one.column.name: one.drawn for one in made.filled}
    assert drawn["pain"].mean() == pytest.approx(MICE_MEANS["pain"], abs=0.12)
    assert (drawn["work"] == 1).mean() == pytest.approx(MICE_MEANS["lifting"], abs=0.04)
    assert (drawn["sex"] == 1).mean() == pytest.approx(MICE_MEANS["male"], abs=0.04)


def test_only_what_was_missing_is_filled_within_the_range_and_the_levels(rows, made):
    for features in made.features:
        seen = rows.notna()
        assert (features[seen].fillna(-1) == rows[seen].fillna(-1)).all(axis=None) and features.notna().all(axis=None)
        assert features.pain.between(0, 10).all() and set(features.work) == {0, 1, 2} and set(features.sex) == {0, 1}
    outside = {one.column.name: one.outside for one in made.filled}
    assert outside["pain"] > 0 and outside["work"] == 0


def test_the_seed_decides_and_more_imputations_leave_the_first_as_they_are(rows):
    few = MissingInputsSection(imputations=2, iterations=2)
    one, again = (impute(cohort(rows), CARD, few, seed=5) for _ in range(2))
    more = impute(cohort(rows), CARD, few.model_copy(update={"imputations": 3}), seed=5)
    other = impute(cohort(rows), CARD, few, seed=6)
    assert one.features[1].equals(again.features[1]) and one.features[1].equals(more.features[1])
    assert not one.features[1].equals(other.features[1]) and not one.features[0].equals(one.features[1])


def test_numbers_alone_whole_numbers_and_texts_as_the_data_write_them():
    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    rows = pd.DataFrame(
        {"count": np.clip(np.round(5 + 2 * x + rng.normal(size=200)), 0, 9), "yes": np.where(x > 0, "yes", "no")}
    )
    rows["y"] = (x > 0.2).astype(int)
    rows.loc[:30, "count"] = np.nan
    rows.loc[20:40, "yes"] = None
    card = ModelCard(
        name="c", version="1", outcome="binary",
        inputs=(Feature(name="count", type="integer", range=(0, 9)), Feature(name="yes", type="boolean")),
    )  # fmt: skip
    made = impute(cohort(rows), card, MissingInputsSection(imputations=3, iterations=3), seed=1)
    for features in made.features:
        assert (features["count"] == features["count"].round()).all() and features["count"].between(0, 9).all()
        assert set(features["yes"]) == {"yes", "no"}
    only = ModelCard(name="c", version="1", outcome="binary", inputs=card.inputs[:1])
    alone = impute(cohort(rows), only, MissingInputsSection(imputations=2, iterations=12), seed=1)
    assert alone.filled[0].trace.shape == (2, 12)
    assert np.corrcoef(alone.features[0]["count"][:31], x[:31])[0, 1] > 0  # the outcome tells about it


@pytest.mark.parametrize(
    ("feature", "values", "told"),
    [
        (Feature(name="x", type="number"), [np.nan] * 4, "input 'x' is missing in every row"),
        (Feature(name="x", type="text"), ["a", None, "b", "c"], "input 'x' is text and cannot be imputed"),
    ],
)
def test_what_cannot_be_imputed_is_refused(feature, values, told):
    card = ModelCard(name="c", version="1", outcome="binary", inputs=(feature,))
    with pytest.raises(InputError, match=told):
        impute(cohort(pd.DataFrame({"x": values, "y": [0, 1, 0, 1]})), card, SETTINGS, seed=1)


def test_auxiliary_columns_of_free_text_are_refused_and_others_help(rows):
    texts = rows.assign(note=[f"n{k}" for k in range(len(rows))], helper=rows.pain.fillna(5) + 0.001)
    settings = MissingInputsSection(imputations=2, iterations=2, auxiliary=("note",))
    with pytest.raises(InputError, match="auxiliary column 'note' has 600 different texts"):
        impute(cohort(texts), CARD, settings, seed=1)
    helped = impute(cohort(texts), CARD, settings.model_copy(update={"auxiliary": ("helper",)}), seed=1)
    assert "helper" not in {one.column.name for one in helped.filled}


def test_the_outcome_of_follow_up_is_its_event_and_cumulative_hazard():
    outcome = Survival(np.array([1.0, 2, 3]), np.array([1, 0, 1]), "days")
    event, hazard = outcome_columns(outcome)
    assert event.levels == ("0", "1") and hazard.values == pytest.approx([1 / 3, 1 / 3, 4 / 3])
    (nominal,) = outcome_columns(Nominal(np.array([0, -1, 1]), ("a", "b")))
    assert nominal.missing.tolist() == [False, True, False]


def test_chains_that_stay_apart_show_in_the_scale_reduction():
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(5, 40))
    assert potential_scale_reduction(mixed) == pytest.approx(1, abs=0.1)
    assert potential_scale_reduction(mixed + 5 * np.arange(5)[:, None]) > 3
    assert potential_scale_reduction(mixed[:, :3]) is None


def test_whole_numbers_stay_whole_at_the_edges_of_a_range_that_is_not():
    rng = np.random.default_rng(3)
    d = pd.DataFrame({"count": rng.integers(1, 4, 80).astype(float), "y": rng.integers(0, 2, 80)})
    d.loc[:30, "count"] = np.nan
    card = ModelCard(
        name="made", version="1", outcome="binary", inputs=(Feature(name="count", type="integer", range=(0.5, 3.5)),)
    )
    made = impute(cohort(d), card, MissingInputsSection(method="impute", imputations=5, iterations=2), seed=1)
    drawn = made.filled[0].drawn
    assert made.filled[0].outside and np.array_equal(drawn, np.round(drawn)) and drawn.min() >= 1 and drawn.max() <= 3


def test_a_question_that_was_not_asked_is_never_imputed(rows):
    spoiled = rows.copy()
    spoiled["lbp"] = np.arange(len(rows)) % 2
    asked = next(f for f in CARD.inputs if f.name == "pain").model_copy(
        update={"asked_if": AskedIf(column="lbp", value=1), "required": False}
    )
    spoiled.loc[spoiled.lbp == 0, "pain"] = np.nan
    spoiled.loc[spoiled.index[1], "pain"] = np.nan  # asked, and not answered
    card = CARD.model_copy(update={"inputs": tuple(asked if f.name == "pain" else f for f in CARD.inputs)})
    filled = impute(cohort(spoiled), card, SETTINGS.model_copy(update={"imputations": 2}), seed=1)
    for features in filled.features:
        assert features["pain"].isna().equals(spoiled.lbp == 0)
    pain = next(one for one in filled.filled if one.column.name == "pain")
    assert pain.drawn.shape == (2, int((spoiled.pain.isna() & (spoiled.lbp == 1)).sum()))
