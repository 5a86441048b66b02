"""MultiQC custom content: files `<id>_mqc.json` that any stock MultiQC renders, without a package of ours."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from seq2exp_py.files import whole

PARENT = {
    "parent_id": "seq2exp",
    "parent_name": "Seq2Exp",
    "parent_description": "Which bases around a gene drive its expression in a cell type: predictions, masks and elements, "
    "compared with every baseline of the run. All figures are on log10(expression + 1).",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report.

    Attributes:
        key: unique within the report, lower case; the file is `seq2exp_<key>_mqc.json`.
        name: heading; MultiQC sorts sections by it, so it starts with a number.
        kind: MultiQC plot type (html, table, bargraph, linegraph, scatter, heatmap, box, generalstats).
        data: what the plot type takes.
        description: one or two sentences below the heading (HTML).
        pconfig: options of the plot beside id and title.
        headers: columns of a table.
        order: categories with name and colour, for a bar graph.
    """

    key: str
    name: str
    kind: str
    data: Any
    description: str = ""
    pconfig: Mapping[str, Any] = field(default_factory=dict)
    headers: Any = None
    order: Mapping[str, Any] | None = None

    def content(self, run: str = "") -> dict[str, Any]:
        """The section as MultiQC reads it; `run` keeps the sections and samples of several runs in one report apart."""
        apart = bool(run) and self.kind in ("html", "heatmap")
        ident = f"seq2exp_{self.key}" + (f"_{slug(run)}" if apart else "")
        section: dict[str, Any] = {**PARENT, "id": ident, "section_name": self.name + (f" ({escape(run)})" if apart else "")}
        section |= {"description": self.description, "plot_type": self.kind}
        if self.kind == "generalstats":
            return {"id": ident, "plot_type": self.kind, "headers": self.headers, "data": named(self.data, run)}
        if self.kind != "html":
            section["pconfig"] = {"id": f"{ident}_plot", "title": f"Seq2Exp: {self.name.lstrip('0123456789. ')}", **self.pconfig}
        if self.headers is not None:
            section["headers"] = self.headers
        if self.order is not None:
            section["categories"] = self.order
        return {**section, "data": clean(self.data) if apart else named(self.data, run)}


def named(data: Any, run: str) -> Any:
    """Clean data with the run's name before every sample's."""
    if isinstance(data, list):
        return [named(part, run) for part in data]
    return {f"{escape(run)}: {k}" if run else k: v for k, v in clean(data).items()} if isinstance(data, Mapping) else data


def slug(text: str) -> str:
    """Letters and digits of a text, the rest as `_`."""
    return "".join(c if c.isalnum() else "_" for c in text)


def clean(value: Any) -> Any:
    """A value that JSON can hold: NaN and infinities become None, numbers have six significant digits, keys hold no tags."""
    if isinstance(value, Mapping):
        return {escape(str(k), quote=False): clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def write(sections: Sequence[Section], out: Path, run: str = "") -> list[Path]:
    """Write one file per section into `out` and return them; files of an earlier report in `out` are removed."""
    for old in out.glob("seq2exp_*_mqc.json"):
        old.unlink()
    paths = []
    for section in sections:
        path = out / f"seq2exp_{section.key}_mqc.json"
        with whole(path) as temporary:
            temporary.write_text(json.dumps(section.content(run), allow_nan=False) + "\n")
        paths.append(path)
    return paths


def areas(labels: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Options of a bar graph of areas under precision-recall curves, one data set for each of `labels`."""
    return {
        "ylab": "AUPRC",
        "stacking": "group",
        "cpswitch": False,
        "ymin": 0,
        "ymax": 1,
        "data_labels": labels,
        "hide_zero_cats": False,
    }
