"""Orrery: a complete working model of the AWS cloud on one's own machine."""

__version__ = "0.1.0"
