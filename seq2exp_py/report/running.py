"""How the run went: time and memory by process, tasks that failed, files that could not be read, versions of the software."""

import platform
import re
from collections.abc import Iterator
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from seq2exp_py import __version__
from seq2exp_py.files import whole
from seq2exp_py.report.content import Section
from seq2exp_py.report.inputs import Inputs

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
BYTES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
DONE = ("COMPLETED", "CACHED")
SKIPPED = "SKIPPED"  # a task that could not be and was not tried
TOOLS = ("torch", "numpy", "pandas", "pyBigWig", "pybigtools", "pybedtools", "multiqc")


def seconds(text: object) -> float:
    """Seconds of a trace field: `1h 2m 3.5s`, `350ms`, or milliseconds in a raw trace."""
    parts = re.findall(r"([\d.]+)\s*(ms|[smhd])", str(text))
    if parts:
        return sum(float(n) * SECONDS[unit] for n, unit in parts)
    return float(pd.to_numeric(str(text), errors="coerce")) / 1000


def gigabytes(text: object) -> float:
    """Gigabytes (2^30) of a trace field: `1.2 GB`, or bytes in a raw trace."""
    match = re.fullmatch(r"([\d.]+)\s*([KMGT]?B)", str(text).strip())
    size = float(match[1]) * BYTES[match[2]] if match else float(pd.to_numeric(str(text), errors="coerce"))
    return size / BYTES["GB"]


def tasks(trace: pd.DataFrame) -> pd.DataFrame:
    """The tasks of a trace with columns process, tag, status, exit, reason, minutes, gigabytes; a plain trace gives no reason."""
    names = trace["name"].astype(str).str.extract(r"^(?P<process>[^ (]+)(?: \((?P<tag>.*)\))?$")
    out = pd.DataFrame(
        {"process": names["process"].str.split(":").str[-1], "tag": names["tag"].fillna(""), "status": trace["status"]}
    )
    for column in ("exit", "reason"):
        out[column] = trace.get(column, pd.Series("", index=trace.index)).fillna("")
    nothing = pd.Series(float("nan"), index=trace.index)
    out["minutes"] = trace.get("realtime", nothing).map(seconds) / 60
    out["gigabytes"] = trace.get("peak_rss", nothing).map(gigabytes)
    return out


def resources(got: Inputs) -> Iterator[Section]:
    """Run time and peak memory of the tasks of each process."""
    if not len(got.trace):
        return
    table = tasks(got.trace)
    for key, column, name, unit in (
        ("time", "minutes", "15. Run time by process", "minutes per task"),
        ("memory", "gigabytes", "16. Peak memory by process", "GB per task"),
    ):
        done = table[table["status"].isin(DONE)].dropna(subset=[column])
        data = {process: part[column].tolist() for process, part in done.groupby("process", sort=True)}
        if data:
            source = "As Nextflow measured it, of all tasks before this report."
            yield Section(key, name, "box", data, source, {"xlab": unit, "sort_samples": False, "xmin": 0})


def failures(trace: pd.DataFrame) -> pd.DataFrame:
    """Tasks that failed and were not done at a later attempt."""
    if not len(trace):
        return pd.DataFrame(columns=["process", "tag", "status", "exit", "reason"])
    table = tasks(trace)
    done = set(map(tuple, table.loc[table["status"].isin(DONE), ["process", "tag"]].to_numpy()))
    table = table[table["status"] != SKIPPED]
    bad = table[[t not in done for t in map(tuple, table[["process", "tag"]].to_numpy())]]
    return bad.drop_duplicates(["process", "tag"], keep="last")


def failed(got: Inputs) -> Iterator[Section]:
    """Tasks of the pipeline that failed, so cells and models that are missing above."""
    bad = failures(got.trace)
    if len(bad):
        rows = "".join(
            f"<tr><td>{'</td><td>'.join(escape(str(v)) for v in r)}</td></tr>"
            for r in bad[["process", "tag", "exit", "reason"]].to_numpy()
        )
        head = "<tr><th>Process</th><th>Of</th><th>Exit status</th><th>Why</th></tr>"
        text = (
            "These tasks failed; what they should have made is missing in this report. `nextflow log` leads to their work folders."
        )
        yield Section(
            "failed",
            "17. Failed tasks",
            "html",
            f'<table class="table table-condensed"><thead>{head}</thead><tbody>{rows}</tbody></table>',
            text,
        )


def untrained(got: Inputs) -> Iterator[Section]:
    """Models that were not trained for a cell, and why."""
    if not len(got.trace):
        return
    table = tasks(got.trace)
    left = table[table["status"] == SKIPPED].drop_duplicates(["tag"])
    if len(left):
        rows = "".join(
            f"<li><code>{escape(tag)}</code>: {escape(reason)}</li>" for tag, reason in left[["tag", "reason"]].to_numpy()
        )
        yield Section("untrained", "18. Models that were not trained", "html", f"<ul>{rows}</ul>", "The rest of the run went on.")


def problems(got: Inputs) -> Iterator[Section]:
    """Files that the report had to leave out."""
    if got.problems:
        rows = "".join(f"<li><code>{escape(name)}</code>: {escape(reason)}</li>" for name, reason in got.problems)
        yield Section(
            "problems", "18. Files that could not be read", "html", f"<ul>{rows}</ul>", "They are left out of this report."
        )


def write_versions(got: Inputs, out: Path) -> Path:
    """Write `seq2exp_mqc_versions.yml`: the versions given, else those of this environment."""
    versions: dict[str, Any] = got.versions
    if not versions:
        ours = {"seq2exp_py": __version__, "python": platform.python_version()}
        for tool in TOOLS:
            try:
                ours[tool] = version(tool)
            except PackageNotFoundError:
                continue
        versions = {"seq2exp": ours}
    path = out / "seq2exp_mqc_versions.yml"
    with whole(path) as temporary:
        temporary.write_text(yaml.safe_dump(versions, sort_keys=True))
    return path
