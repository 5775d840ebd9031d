"""Four groups alike in truth: how often tests and simultaneous intervals find a difference that is not there."""
