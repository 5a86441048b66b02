"""What of a cell's tracks counts as activity: of a base (`evidence.formula`, with its sources) and of a promoter."""

ACTIVITY = ("H3K27ac", "DNase", "ATAC")  # tracks whose height is a promoter's or enhancer's activity (ABC model)
EPSILON = 0.05  # in units of the cell's scale: what keeps a base with one of two tracks from nothing
SPREADS = 2.0  # standard deviations above a track's level that its background reaches
