"""Exact interventional SHAP values of an additive predictor, in closed form.

Where f(x) = c + Σ_j f_j(x_j), every coalition gains f_j(x_j) − f_j(z_j) from input j, so that is its value against a
background row z, and f_j(x_j) − mean_z f_j(z_j) against the background. f_j may be a spline, a polynomial or a table of
levels of one input; a product of two inputs is no such f_j.

Source: Strumbelj & Kononenko 2014, doi:10.1007/s10115-013-0679-x; Lundberg & Lee 2017, NeurIPS 30, corollary 1.
"""

from __future__ import annotations

from cds.core.arrays import FloatArray


def linear_values(patients: FloatArray, background: FloatArray) -> FloatArray:
    """Values of many patients, shape (patients, inputs), from shares of shape (rows, inputs).

    >>> import numpy as np
    >>> linear_values(np.array([[3.0, 1.0]]), np.array([[1.0, 1.0], [2.0, 3.0]])).tolist()
    [[1.5, -1.0]]
    """
    values: FloatArray = patients - background.mean(axis=0)
    return values


def linear_values_by_row(patient: FloatArray, background: FloatArray) -> FloatArray:
    """Values of one patient against each background row, shape (background rows, inputs)."""
    values: FloatArray = patient.reshape(1, -1) - background
    return values
