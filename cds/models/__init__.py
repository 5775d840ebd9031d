"""Adapters: one kind of model artifact per file."""
