"""Seq2Exp: which bases around a gene drive its expression in a cell type."""

__version__ = "1.0.0.dev0"
