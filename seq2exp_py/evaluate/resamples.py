"""How often a bootstrap draws, where nobody says."""

RESAMPLES = 2000  # the end points of a 95 % BCa interval settle at about this many (Efron & Tibshirani 1993, ch. 14)
