"""A study whose numbers are computed, for the tests of the validators."""

import numpy as np
import pandas as pd

from cds import catalog
from cds.core.cohort import Cohort
from cds.core.finding import Curve, Finding, Table
from cds.core.protocol import MeasuresSection
from cds.core.study import Study, subgroups
from cds.stats.estimation import answer
from tests.samples import drawn


def answered(sample=None, groups=None, references=None, *, site=None, **settings) -> Study:
    """The study of a sample, by default of 240 calibrated patients at the thresholds .2 and .4, without replicates."""
    sample = drawn(240, 3) if sample is None else sample
    cohort = Cohort(patients=np.arange(len(sample)).astype(str), features=pd.DataFrame(index=range(len(sample))))
    study = Study(
        cohort=cohort,
        samples=(sample,),
        measures=catalog.measures(sample.kind),
        settings=MeasuresSection(**{"replicates": 0, "thresholds": (0.2, 0.4), **settings}),
        groups=subgroups(groups or {}),
        sites={} if site is None else subgroups({"site": site}),
        references=references or {},
    )
    return answer(study, jobs=1)


def parts(outputs):
    """Findings, curves and tables of a validator, apart."""
    found = list(outputs)
    return tuple([one for one in found if isinstance(one, kind)] for kind in (Finding, Curve, Table))
