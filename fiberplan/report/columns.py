"""Money in columns: how wide figures are, how many columns fit the page, and tables of parties in parts that fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fiberplan.report.blocks import Column, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fiberplan.money import Currency
    from fiberplan.report.party import PartyColumn
    from fiberplan.wording import Wording

PAGE_WIDTH_PT: Final = 481.9
"""Between the margins of the page."""

_SIZES: Final = (8.0, 7.5, 7.0)
_INSET_PT: Final = 7.0
_FIGURE_EM: Final = 0.6
_MARK_EM: Final = 0.285
_NARROWEST_PT: Final = 52.0
_LABEL_PT: Final = 98.0


def figure_width(text: str, size: float) -> float:
    """Estimate the width of a figure in a column.

    Parameters
    ----------
    text
        The figure.
    size
        Of the type, points.

    Returns
    -------
    float
        Points, inset included.
    """
    em = sum(_MARK_EM if character in ",.٬٫ " else _FIGURE_EM for character in text)
    return em * size + _INSET_PT


def column_width(texts: Sequence[str], size: float) -> float:
    """Estimate the width of a column of figures.

    Parameters
    ----------
    texts
        The figures.
    size
        Of the type, points.

    Returns
    -------
    float
        Points.
    """
    return round(max([_NARROWEST_PT, *(figure_width(text, size) for text in texts)]) + 1, 1)


def sized(table: Table, *, size: float = 8.0) -> Table:
    """Give the figure columns of a table the width of their widest figure.

    Parameters
    ----------
    table
        Columns that have a width keep it.
    size
        Of the type, points.
    """
    columns = tuple(
        replace(column, width=column_width([row[at] for row in table.rows], size))
        if column.align == "number" and not column.width
        else column
        for at, column in enumerate(table.columns)
    )
    return replace(table, columns=columns, size=size)


def column_sums(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Add up each column of some rows.

    Examples
    --------
    >>> column_sums([(1, 2), (10, 20)])
    (11, 22)
    """
    return tuple(sum(column) for column in zip(*rows, strict=True))


def money_tables(  # noqa: PLR0913 - one table, in its parts
    label: str,
    rows: Sequence[tuple[str, Mapping[str, int]]],
    parties: Sequence[PartyColumn],
    *,
    words: Wording,
    currency: Currency,
    caption: str,
    with_total: bool = True,
) -> tuple[Table, ...]:
    """Make a table of payments with a row of sums, or several where the columns do not fit the page.

    Parameters
    ----------
    label
        Title of the first column.
    rows
        Name and payments by party.
    parties
        The columns.
    words
        Of the language.
    currency
        Of the payments.
    caption
        Of the first table; the others continue it.
    with_total
        Whether to add a column that sums each row over all parties given.
    """
    amounts = [[party.paid(paid) for party in parties] for _, paid in rows]
    titles = [party.title for party in parties]
    if with_total:
        amounts = [[*line, sum(line)] for line in amounts]
        titles.append(words.text("common.total"))
    amounts.append(list(column_sums(amounts)) if amounts else [0] * len(titles))
    names = [*(name for name, _ in rows), words.text("common.total")]
    texts = [[words.money(amount, currency, with_unit=False) for amount in line] for line in amounts]
    size, chunks = _chunks([list(column) for column in zip(*texts, strict=True)])
    tables = []
    for number, chunk in enumerate(chunks):
        table = Table(
            columns=(Column(label, "text", share=1), *(Column(titles[at]) for at in chunk)),
            rows=tuple((name, *(line[at] for at in chunk)) for name, line in zip(names, texts, strict=True)),
            caption=caption if number == 0 else words.text("report.continued", caption=caption),
            total=True,
        )
        tables.append(sized(table, size=size))
    return tuple(tables)


def _chunks(columns: Sequence[Sequence[str]]) -> tuple[float, list[range]]:
    """Choose the largest type that needs the fewest tables, and which columns go into each."""
    best: tuple[float, list[range]] | None = None
    for size in _SIZES:
        widths = [column_width(column, size) for column in columns]
        per_table = max(1, int((PAGE_WIDTH_PT - _LABEL_PT) // max(widths)))
        count = -(-len(columns) // per_table)
        even = -(-len(columns) // count)
        chunks = [range(at, min(at + even, len(columns))) for at in range(0, len(columns), even)]
        if best is None or len(chunks) < len(best[1]):
            best = size, chunks
    if best is None:
        raise AssertionError("there is a size to choose from")
    return best
