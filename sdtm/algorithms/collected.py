"""Verbs that carry over what was collected: assign, part, hardcode, recode, number, template, decode, text."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from clinical.numbers import number_text
from clinical.wording import agree, count
from sdtm.algorithms.context import Context, evaluate_verb
from specs.model.maps import Assign, Decode, Hardcode, NotCollected, Number, Part, Recode, Template, Text

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@evaluate_verb.register
def _assign(verb: Assign, context: Context) -> pd.Series:
    """Rule: the collected text without surrounding blanks, in the case asked for. Numbers pass unchanged."""
    values = context.column(verb.column)
    if not isinstance(values.dtype, pd.StringDtype):
        return values
    text = values.str.strip()
    if verb.case == "upper":
        text = text.str.upper()
    elif verb.case == "lower":
        text = text.str.lower()
    return text.mask(text == "")


@evaluate_verb.register
def _part(verb: Part, context: Context) -> pd.Series:
    """Rule: the numbered part of the text between separators, without surrounding blanks.

    Missing: missing, or fewer parts, or nothing in that part.
    """
    codes, distinct = pd.factorize(context.text(verb.column))
    pieces = [str(text).split(verb.separator) for text in distinct]
    found = [one[verb.number - 1].strip() if len(one) >= verb.number else "" for one in pieces]
    values = pd.array([*(text or None for text in found), None], dtype="str")
    return pd.Series(values.take(codes), index=context.index, dtype="str")


@evaluate_verb.register
def _hardcode(verb: Hardcode, context: Context) -> pd.Series:
    """Rule: the same value in every row."""
    return pd.Series(verb.value, index=context.index, dtype="str")


@evaluate_verb.register
def _not_collected(verb: NotCollected, context: Context) -> pd.Series:
    """Rule: missing everywhere."""
    return context.missing()


@evaluate_verb.register
def _recode(verb: Recode, context: Context) -> pd.Series:
    """Rule: the submission value that the codelist gives for the collected text.

    Missing: missing. A text that the codelist does not know stays as collected and is a finding.
    """
    variable = context.variable
    codelist = context.study.codelists[verb.codelist or (variable.codelist if variable else None) or ""]
    texts = context.text(verb.column)
    codes, distinct = pd.factorize(texts)
    looked_up = [codelist.submission_value(str(text)) for text in distinct]
    kept = [found if found is not None else (str(text).strip() or None) for found, text in zip(looked_up, distinct)]
    unknown = np.array([found is None and bool(str(t).strip()) for found, t in zip(looked_up, distinct)] + [False])
    if verb.decode:
        kept = [codelist.terms[value].decode if value and value in codelist.terms else value for value in kept]
    values = pd.array([*kept, None], dtype="str").take(codes)
    holds, number = unknown[codes], int(unknown.sum())
    context.report(
        "MAP.UNMAPPED",
        "error",
        f"{count(number, 'distinct value')} ({count(int(holds.sum()), 'row')}) {agree(number, 'are')} not in codelist "
        f"{codelist.id}. Add {agree(number, 'them')} to codelists.yaml or query the site.",
        holds,
        texts,
    )
    return pd.Series(values, index=context.index, dtype="str")


@evaluate_verb.register
def _decode(verb: Decode, context: Context) -> pd.Series:
    """Rule: the name whose C-code is that of the code. Missing: missing. A code without a name is a finding."""
    assert context.variable is not None
    names = context.study.decodes[f"{context.spec.name}.{context.variable.name}"]
    codes = context.own(verb.variable)
    values = codes.map(names).astype("str")
    holds = (codes.notna() & values.isna()).to_numpy()
    context.report(
        "MAP.UNMAPPED",
        "error",
        f"{count(int(holds.sum()), 'row', verb='have')} a {verb.variable} without a name in codelist "
        f"{context.variable.codelist}. Use a code that has one, or extend both codelists.",
        holds,
        codes,
    )
    return values


@evaluate_verb.register
def _number(verb: Number, context: Context) -> pd.Series:
    """Rule: the collected decimal text as a number; full-width digits count as digits.

    Missing: missing. Text that is no number becomes missing and is a finding.
    """
    return parse_number(context.column(verb.column), context)


def parse_number(texts: pd.Series, context: Context) -> pd.Series:
    """Return text as float64; text that is no number is missing and reported."""
    numbers, bad = read_number(texts)
    context.report(
        "MAP.NUMBER",
        "error",
        f"{count(int(bad.sum()), 'value', verb='are')} not written as a decimal number. Correct this at the source, or "
        "map the exception.",
        bad,
        texts,
    )
    return numbers


def read_number(texts: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Return text as float64, missing where it is no number, and which texts are none."""
    if pd.api.types.is_numeric_dtype(texts):
        return texts.astype("float64"), np.zeros(len(texts), dtype=bool)
    codes, distinct = pd.factorize(texts)
    clean = [unicodedata.normalize("NFKC", str(text)).strip() for text in distinct]
    sound = [bool(_NUMBER.fullmatch(text)) for text in clean]
    numbers = np.array([float(text) if ok else np.nan for text, ok in zip(clean, sound)] + [np.nan])
    bad = np.array([not ok and text != "" for text, ok in zip(clean, sound)] + [False])
    return pd.Series(numbers[codes], index=texts.index, dtype="float64"), bad[codes]


@evaluate_verb.register
def _template(verb: Template, context: Context) -> pd.Series:
    """Rule: the text with each reference in braces replaced. Missing: missing where any reference is."""
    result = pd.Series("", index=context.index, dtype="str")
    for position, part in enumerate(re.split(r"\{([^}]+)\}", verb.text)):
        result = result + (context.text(part).str.strip() if position % 2 else part)
    return result


@evaluate_verb.register
def _text(verb: Text, context: Context) -> pd.Series:
    """Rule: the number in its shortest form of at most 15 digits. Missing: missing."""
    return number_text(context.own(verb.variable))
