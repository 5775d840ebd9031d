"""Inputs that are the same in every patient."""

from __future__ import annotations

from collections.abc import Iterator

from cds.core.finding import Finding
from cds.core.study import Study
from cds.dataquality.check import NO_CARD, DataCheck
from cds.stats.recorded import recorded

CONSTANT = DataCheck(
    code="DQ004",
    name="input_constant",
    what="Inputs with the same value in every row: a wrong column, or a cohort chosen by it (warning).",
    source="Kahn et al., eGEMs 2016, atemporal plausibility, doi:10.13063/2327-9214.1244",
)


def constant_inputs(study: Study) -> Iterator[Finding]:
    """One warning per constant input; a clear row where there is none."""
    if study.card is None:
        yield CONSTANT.not_run(NO_CARD)
        return
    if len(study.cohort) < 2:
        yield CONSTANT.not_run("a single row cannot show whether an input varies")
        return
    found = False
    for feature in study.card.inputs:
        features = study.cohort.features
        if feature.name in features and recorded(feature, features[feature.name]).nunique() == 1:
            found = True
            sentence = f"{feature.title}: has the same value in every row where it is recorded."
            yield CONSTANT.fault("warning", sentence, {"rows": len(study.cohort)}, about=feature.name)
    if not found:
        yield CONSTANT.clear({"inputs": len(study.card.inputs)})
