"""The whole way on an embedded SYNTHETIC cohort: simulate, train, register, validate, explain."""

from cds.demo.walkthrough import run_demo

__all__ = ["run_demo"]
