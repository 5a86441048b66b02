"""What the sequence says of being open, learned from the cells' own peaks: P(open in this cell) of every 20 bp of a genome.

The method is that of peak classifiers such as DeepSEA and Basset (Zhou & Troyanskaya 2015; Kelley, Snoek & Rinn 2016), kept small
and cross-fitted: no base is read by a network that was trained on it (docs/method.md).
"""

from seq2exp_py.pretrain.run import Request, pretrain
from seq2exp_py.pretrain.settings import Settings

__all__ = ["Request", "Settings", "pretrain"]
