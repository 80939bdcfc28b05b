"""Figures of a study, drawn as SVG from analysis datasets by what `analyses.yaml` declares."""

from reports.figures.draw import draw_figure
from reports.figures.drawing import Drawing
from reports.figures.write import write_figures

__all__ = ["Drawing", "draw_figure", "write_figures"]
