"""The variance that an AUROC has in a study of given size: what planning and the audit of claims both need."""

from __future__ import annotations


def auroc_variance(auroc: float, *, prevalence: float, n: float) -> float:
    """The variance of the Mann–Whitney AUROC in n patients, a share ``prevalence`` of whom have the event.

    AUC(1−AUC)·[1 + (n/2−1)(1−AUC)/(2−AUC) + (n/2−1)·AUC/(1+AUC)] / (n²·φ(1−φ)): Hanley and McNeil's variance with
    the numbers of events and non-events both replaced by n/2 where they weigh the two halves. Newcombe 2006 (his
    method 4), doi:10.1002/sim.2324; used for sample sizes by Riley et al. 2021, doi:10.1002/sim.9025.

    >>> round(auroc_variance(0.8, prevalence=0.018, n=4252) ** 0.5, 5)
    0.02551
    """
    half = n / 2 - 1
    spread = 1 + half * (1 - auroc) / (2 - auroc) + half * auroc / (1 + auroc)
    return auroc * (1 - auroc) * spread / (n * n * prevalence * (1 - prevalence))
