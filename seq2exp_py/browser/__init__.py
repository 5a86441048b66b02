"""The UCSC track hub and the IGV page."""
