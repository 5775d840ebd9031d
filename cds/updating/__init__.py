"""A model fitted to new patients: intercept, slope, isotonic or beta recalibration, or a refit; a new version."""
