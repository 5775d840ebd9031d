"""How good the predictions are overall: calibration and discrimination in one number."""
