"""Tools that several families share."""
