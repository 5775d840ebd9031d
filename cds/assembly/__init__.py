"""Puts a study together from protocol, cohort and model: samples, imputations, sites, further analyses."""
