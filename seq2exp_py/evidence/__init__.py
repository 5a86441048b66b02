"""What says that a base regulates a gene before anything is learned: activity times contact, in shares of the gene's total."""

from seq2exp_py.evidence.formula import Formula

__all__ = ["Formula"]
