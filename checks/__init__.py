"""Checks: schemas compiled from the specs, rules across datasets, the gate, and the findings' listing."""
