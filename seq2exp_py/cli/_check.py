"""What `seq2exp check` looks at beside the files: where peaks would come from, and which cells can be used though others cannot."""

import csv

from seq2exp_py.cli.call_peaks import PREFERRED
from seq2exp_py.errors import InputError
from seq2exp_py.tracks import macs3
from seq2exp_py.tracks.check import check
from seq2exp_py.tracks.options import CheckOptions
from seq2exp_py.tracks.samplesheet import Samplesheet


def checked(request: CheckOptions, call_peaks: bool) -> tuple[Samplesheet, list[str]]:
    """The samplesheet and notes of `check`.

    Args:
        request: what is to be checked.
        call_peaks: whether MACS3 is to give peaks to the cells that have none.

    Raises:
        InputError: a sentence per line for everything that is wrong.
    """
    sheet, notes = check(request)
    if call_peaks:
        can_be_called(sheet)
    return sheet, notes


def usable(request: CheckOptions, call_peaks: bool) -> tuple[Samplesheet, list[str], dict[str, str]]:
    """As `checked`, without the cells that cannot be used; why they cannot comes third, by cell.

    Raises:
        InputError: no cell can be used, or those that can by themselves cannot together.
    """
    try:
        return *checked(request, call_peaks), {}
    except InputError:
        refused = {}
        for cell in request.cells or _cells(request):
            try:  # that no cell measures a gene is asked of all of them together, below
                checked(request.model_copy(update={"cells": (cell,), "allow_unmeasured": True}), call_peaks)
            except InputError as error:
                refused[cell] = "; ".join(str(error).splitlines())
        kept = [cell for cell in request.cells or _cells(request) if cell not in refused]
        if not kept:
            raise
    return *checked(request.model_copy(update={"cells": tuple(kept)}), call_peaks), refused


def _cells(request: CheckOptions) -> list[str]:
    """The names in the samplesheet, of cells that may not be fit to be read."""
    with request.samplesheet.open(encoding="utf-8-sig", newline="") as handle:
        return list(dict.fromkeys(row["cell"] for row in csv.DictReader(handle) if row.get("cell")))


def can_be_called(sheet: Samplesheet) -> None:
    """Look for what MACS3 calls peaks from, in every cell that has none.

    Raises:
        InputError: there is no such track, or MACS3 is not installed.
    """
    without = [cell for cell in sheet.cells if not sheet.rows(cell, "peaks")]
    problems = [
        f"{sheet.path}: cell {cell} has no peaks, and no {' or '.join(PREFERRED)} track that MACS3 could call them from; "
        "add its peaks, or leave macs3 out of --models"
        for cell in without
        if not any(sheet.rows(cell, assay) for assay in PREFERRED)
    ]
    if problems:
        raise InputError("\n".join(problems))
    if without:
        macs3.find()
