"""The machine: Nextflow, Java and the rest, and the pipeline's parameters."""
