"""The analyses of a study as data: `analyses.yaml`, its tables, figures and headline."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from specs.model.base import Strict, Where
from specs.model.figures import Figure, figure_reads
from specs.model.headline import HeadlineItem
from specs.model.tables import Table, table_reads


def _id(name: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,31}", name):
        raise ValueError(
            f"'{name}' is no id: up to 32 upper-case letters, digits and underscores, starting with a letter, since it "
            "names a file; rename it"
        )
    return name


#: The id of a table or figure; in lower case it names its files.
AnalysisId = Annotated[str, AfterValidator(_id)]


class Population(Strict):
    """What the subjects of a population are called."""

    label: str
    where: Where


class Analyses(Strict):
    """`analyses.yaml`: tables and figures by id, in the order in which they are shown.

    `populations` gives a name to the populations that tables and figures select.
    """

    populations: tuple[Population, ...] = ()
    tables: dict[AnalysisId, Table] = {}
    figures: dict[AnalysisId, Figure] = {}
    headline: tuple[HeadlineItem, ...] = ()

    def datasets_of_tables(self) -> frozenset[str]:
        """Return the datasets that the tables read."""
        return frozenset(name for table in self.tables.values() for name in table_reads(table))

    def datasets_of_figures(self) -> frozenset[str]:
        """Return the datasets that the figures read."""
        return frozenset(name for figure in self.figures.values() for name in figure_reads(figure))
