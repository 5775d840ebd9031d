"""Each module prints one JSON line per figure, next to a peer measured in the same run."""
