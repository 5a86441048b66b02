"""What holds where a user says nothing; light, so that a help text can show it."""

RESAMPLES = 2000  # the end points of a 95 % BCa interval settle at about this many (Efron & Tibshirani 1993, ch. 14)
