"""Why a model says what it says about one patient, and whether the patient is like those it learned from."""
