"""A model, a patient, and the two pages about both: one at a time (``explain``) or many (``explain_batch``)."""

from cds.patients.batch import BatchOutcome, explain_batch
from cds.patients.report import PatientReport
from cds.patients.single import explain

__all__ = ["BatchOutcome", "PatientReport", "explain", "explain_batch"]
