"""Every parameter of the pipeline, once: `nextflow_schema.json`, `nextflow.config`'s defaults and `seq2exp run` come from here."""

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from seq2exp_py.annotate.rules import LinkRules, Rules
from seq2exp_py.genome.options import GenomeOptions
from seq2exp_py.models.config import PRESETS
from seq2exp_py.models.options import TrainOptions
from seq2exp_py.models.rows import MODELS
from seq2exp_py.tracks.options import CellOptions, CheckOptions, Contacts, FetchOptions, Scaling, Unit

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
NAMES = r"^ *[A-Za-z0-9][A-Za-z0-9_.-]*( *, *[A-Za-z0-9][A-Za-z0-9_.-]*)* *$"
TRACK = r"[A-Za-z0-9][A-Za-z0-9 _.-]*=[^,'\n\r]+"
TRACKS = f"^{TRACK}(,{TRACK})*$"
ARGUMENTS = r"^[-A-Za-z0-9_.,=+: ]+$"
PLAIN = r"^[^'\n\r]+$"  # quoted with '…' in the tasks' command lines: everything but the quote itself is safe there

GROUPS = {
    "input_output_options": ("Input/output options", "The samplesheet, the cells of it to use, and where results go."),
    "reference_options": ("Reference options", "Genome sequence, genes, and which chromosomes train, validate and test."),
    "model_options": ("Model options", "What is trained, on what, and how long."),
    "element_options": ("Element options", "Which stretches of a mask are elements, and which links there are."),
    "evaluation_options": ("Evaluation options", "What the predictions are compared with."),
    "compute_options": ("Compute options", "Devices, and what happens when a task fails."),
    "generic_options": ("Generic options", "Less common options of the pipeline run itself."),
}

SOME_MODELS = "^ *(all|({0})( *, *({0}))*) *$".format("|".join(MODELS))
WINDOWS = {name: int(sizes["window"]) for name, sizes in PRESETS.items()}  # bases that the models of a preset read


def _param(default: Any, group: str, help: str, **extra: Any) -> Any:
    """A field in a group of the schema; `extra` goes into the schema as it is, pattern and bounds are checked too."""
    checks = {k: extra.pop(k) for k in ("pattern", "ge", "gt", "le", "lt", "multiple_of") if k in extra}
    return Field(default, description=help, json_schema_extra={"group": group, **extra}, **checks)


def _same(stage: type[BaseModel], name: str, group: str, **extra: Any) -> Any:
    """The option `name` of a stage: its default, bounds and words are written there; `extra` is the pipeline's own."""
    field = stage.model_fields[name]
    bounds = {k: v for bound in field.metadata for k, v in asdict(bound).items()}
    given = {"default": None if field.is_required() else field.default, **bounds, **extra}
    return _param(given.pop("default"), group, str(field.description), **given)


def _same_file(stage: type[BaseModel], name: str, group: str, **extra: Any) -> Any:
    return _same(stage, name, group, format="file-path", exists=True, pattern=PLAIN, **extra)


def _file(group: str, help: str, **extra: Any) -> Any:
    return _param(None, group, help, format="file-path", exists=True, pattern=PLAIN, **extra)


class PipelineParams(BaseModel):
    """Parameters of `nextflow run` and `seq2exp run`; an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: str | None = _same_file(CheckOptions, "samplesheet", "input_output_options", mimetype="text/csv")
    cells: str | None = _param(
        None,
        "input_output_options",
        "Use these cells of the samplesheet only, e.g. K562,GM12878 (default: all); without --input, download them.",
        pattern=NAMES,
    )
    list_cells: bool = _param(False, "input_output_options", "List the cells that --cells can download, and exit.")
    contacts: Contacts = _same(FetchOptions, "contacts", "input_output_options")
    catalogue: str | None = _file(
        "input_output_options", "Catalogue of the public files that --cells downloads (default: assets/cells.csv).", hidden=True
    )
    cache_dir: str | None = _param(
        None,
        "input_output_options",
        "Folder that keeps downloads between runs (default: ~/.cache/seq2exp/files).",
        format="directory-path",
        pattern=PLAIN,
    )
    outdir: str = _param("results", "input_output_options", "Folder for the results.", format="directory-path", pattern=PLAIN)
    extra_track: str | None = _param(
        None,
        "input_output_options",
        "BED or BEDPE files to show in the genome browsers, e.g. 'CRISPRi pairs=pairs.bedpe,enhancers=my.bed'.",
        pattern=TRACKS,
    )
    simulate: Literal["tiny", "demo", "small"] | None = _param(
        None, "input_output_options", "Simulate a genome and two cells of this size and use them instead of --input."
    )

    genome: str | None = _param(
        None,
        "reference_options",
        "Name of the assembly, as genome browsers know it (default: hg38; of downloaded cells theirs, of simulated ones sim).",
        pattern=NAME,
    )
    fasta: str | None = _same_file(GenomeOptions, "fasta", "reference_options")
    gtf: str | None = _same_file(GenomeOptions, "genes", "reference_options")
    blacklist: str | None = _same_file(GenomeOptions, "blacklist", "reference_options")
    features: str | None = _same_file(GenomeOptions, "features", "reference_options")
    splits: str | None = _same(GenomeOptions, "splits", "reference_options", default=None, pattern=PLAIN)
    split_column: str | None = _same(GenomeOptions, "split_column", "reference_options", pattern=PLAIN)
    gene_type: str = _same(GenomeOptions, "gene_type", "reference_options", pattern=NAME)
    sizes: str | None = _same_file(GenomeOptions, "sizes", "reference_options")
    chromosomes: Literal["exact", "match"] = _same(GenomeOptions, "chromosomes", "reference_options")
    min_sequence: float = _same(GenomeOptions, "min_sequence", "reference_options")
    window: int = _same(GenomeOptions, "window", "reference_options", ge=2_000)
    contact_norm: str = _same(CellOptions, "contact_norm", "reference_options", pattern=NAME)
    contact_scaling: Scaling = _same(CellOptions, "contact_scaling", "reference_options")
    extension: int | None = _same(CellOptions, "extension", "reference_options")
    expression_column: str | None = _same(CellOptions, "expression_column", "reference_options", pattern=PLAIN)
    expression_unit: Unit = _same(CellOptions, "expression_unit", "reference_options")
    allow_unknown_assays: bool = _same(CellOptions, "allow_unknown_assays", "reference_options")
    allow_unmeasured: bool = _same(CheckOptions, "allow_unmeasured", "reference_options")

    models: str = _param(
        "seq2exp_soft,ridge",
        "model_options",
        "Models to train, e.g. seq2exp_soft,caduceus_signals,ridge, or all.",
        pattern=SOME_MODELS,
        examples=["all", *MODELS],
    )
    preset: Literal["paper", "small", "tiny"] = _same(TrainOptions, "preset", "model_options", windows=WINDOWS)
    seeds: int = _param(1, "model_options", "Number of runs of each model with different random numbers.", ge=1, le=1000)
    seed: int = _same(TrainOptions, "seed", "model_options")
    train_cells: str | None = _param(
        None,
        "model_options",
        "Train one model on all of these cells together and apply it to every cell (default: one model per cell).",
        pattern=NAMES,
    )
    epochs: int | None = _same(TrainOptions, "epochs", "model_options")
    mask_ratio: float | None = _same(TrainOptions, "mask_ratio", "model_options")
    promoter_activity: Literal["on", "off"] = _same(TrainOptions, "promoter_activity", "model_options")
    pretrain: bool | None = _param(
        None,
        "model_options",
        "Learn from the cells' peaks what sequence is open in which cell, for masks and browsers (default: with --simulate).",
    )
    pretrain_args: str | None = _param(
        None, "model_options", "More options for `seq2exp pretrain`, e.g. '--set epochs=10'.", pattern=ARGUMENTS
    )
    sequence: Literal["pretrained", "learned", "none"] | None = _same(TrainOptions, "sequence", "model_options")
    train_args: str | None = _param(
        None, "model_options", "More options for `seq2exp train`, e.g. '--set lr=0.001'.", pattern=ARGUMENTS
    )
    init_from: str | None = _param(
        None, "model_options", "Checkpoint folder to start training from.", format="directory-path", exists=True, pattern=PLAIN
    )

    per_gene: int | None = _same(Rules, "per_gene", "element_options")
    keep: float | None = _same(Rules, "keep", "element_options")
    reach: int = _same(LinkRules, "reach", "element_options")
    link_threshold: float | None = _same(LinkRules, "threshold", "element_options")

    control: str = _param("ridge", "evaluation_options", "Model that the others are compared with, gene by gene.", pattern=NAME)
    crispri: str | None = _same_file(CheckOptions, "crispri", "evaluation_options")
    truth: str | None = _same(CheckOptions, "truth", "evaluation_options", format="directory-path", exists=True, pattern=PLAIN)

    gpus: int = _param(1, "compute_options", "GPUs of the machine: tasks that run at once with -profile gpu.", ge=1)
    gpu_type: str | None = _param(None, "compute_options", "Kind of GPU to ask a scheduler for, e.g. h100.", pattern=NAME)
    gpus_per_task: int = _param(1, "compute_options", "GPUs of one training task.", ge=1)
    queue: str | None = _param(None, "compute_options", "Queue or partition of a scheduler (default: its own).", pattern=PLAIN)
    gpu_queue: str | None = _param(
        None, "compute_options", "Queue or partition of tasks with a GPU (default: --queue).", pattern=PLAIN
    )
    cluster_options: str | None = _param(
        None, "compute_options", "More options for Slurm, SGE or LSF, e.g. '--account=lab'.", pattern=PLAIN
    )
    scratch: str | None = _param(
        None,
        "compute_options",
        "Folder on the nodes of a scheduler where tasks work, e.g. '$TMPDIR' (default: the work folder).",
        pattern=PLAIN,
    )
    cloud_region: str | None = _param(None, "compute_options", "Region of AWS Batch or Google Batch.", pattern=NAME)
    cloud_project: str | None = _param(None, "compute_options", "Project of Google Batch.", pattern=NAME)
    k8s_volume: str | None = _param(None, "compute_options", "Volume claim of Kubernetes that all tasks share.", pattern=NAME)
    image: str = _param(
        "seq2exp:1.0.0dev",
        "compute_options",
        "Image of all tasks; `make image` builds it.",
        pattern=r"^[A-Za-z0-9/][-A-Za-z0-9_.:/@]*$",
    )
    on_error: Literal["stop", "continue"] = _param(
        "stop", "compute_options", "When a cell fails: stop the run, or continue with the other cells."
    )
    state_dir: str | None = _param(
        None,
        "compute_options",
        "Folder where killed training leaves its state, to go on from there.",
        format="directory-path",
        pattern=PLAIN,
    )

    publish_dir_mode: Literal["copy", "copyNoFollow", "link", "move", "rellink", "symlink"] = _param(
        "copy", "generic_options", "How results get from the work folder to --outdir.", hidden=True
    )
    multiqc_config: str | None = _file("generic_options", "MultiQC configuration on top of the pipeline's.", hidden=True)
    multiqc_title: str | None = _param(None, "generic_options", "Title of the report.", pattern=PLAIN)
    trace_report_suffix: str | None = _param(
        None,
        "generic_options",
        "End of the names of the trace, timeline and report files (default: date and time).",
        pattern=NAME,
        hidden=True,
    )
    validate_params: bool = _param(
        True, "generic_options", "Check the parameters against the schema before anything runs.", hidden=True
    )
    help: bool = _param(False, "generic_options", "Show the parameters and exit.")
    version: bool = _param(False, "generic_options", "Show the version and exit.")

    def contradictions(self) -> list[str]:
        """What no parameter shows by itself, a sentence each; `nextflow run` says the same (`subworkflows/local/utils_params`)."""
        found, least = [], WINDOWS[self.preset]
        both = {"window", "preset"} <= self.model_fields_set  # one that is not given may be a profile's or a configuration's
        if both and self.window < least and "window=" not in (self.train_args or ""):
            found.append(
                f"--window is {self.window}, and models of --preset {self.preset} read {least} bases: "
                f"give --window {least} or more, or another --preset"
            )
        if self.sequence == "pretrained" and not (self.simulate if self.pretrain is None else self.pretrain):
            found.append("--sequence pretrained needs what --pretrain learns: give --pretrain, or another --sequence")
        if self.simulate and self.input:
            found.append("--simulate makes data of its own and --input names some: leave one of them out")
        if self.per_gene is not None and self.keep is not None:
            found.append("--per_gene and --keep both say how many elements there are: give one of them")
        return found

    def chosen(self) -> dict[str, Any]:
        """The parameters that differ from their defaults."""
        return self.model_dump(exclude_defaults=True)
