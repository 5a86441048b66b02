"""MultiQC custom content from the metrics tables."""
