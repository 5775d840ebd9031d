"""Red flags: what must be asked before any estimate is shown."""
