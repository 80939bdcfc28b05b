"""Figures of a study, drawn as SVG from analysis datasets by what `analyses.yaml` declares."""
