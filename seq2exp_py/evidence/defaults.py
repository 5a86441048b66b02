"""What holds where a user says nothing; light, so that a help text can show it."""

REACH = 1_000_000  # bp; 99.5 % of the regulating pairs of the K562 CRISPRi benchmark lie within it
GRID = 64  # bp per token of a cell's evidence: finer than any boundary that the tracks resolve
