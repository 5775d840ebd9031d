"""Internal validation of a model that can be refitted: optimism, cross-validation, instability."""
