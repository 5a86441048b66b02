"""Which views a composite of the hub has, and how each is drawn (genome.ucsc.edu/goldenPath/help/trackDb/trackDbHub.html)."""

Stanza = dict[str, object]
VIEWS = {
    "signal": "Signal",
    "peaks": "Peaks",
    "mask": "Mask",
    "elements": "Elements",
    "links": "Links",
    "genes": "Genes",
}
SHOWN = {"signal": "full", "peaks": "dense", "mask": "full", "elements": "pack", "links": "full", "genes": "pack"}
HIDDEN = {"mask_mean", "mask_sd"}  # off until somebody asks for them
TYPE = {"peaks": "bigBed 4", "elements": "bigBed 9 +", "genes": "bigBed 9 +", "extra_regions": "bigBed 4"}
SETTINGS: dict[str, Stanza] = {
    "signal": {"autoScale": "on", "alwaysZero": "on", "maxHeightPixels": "100:40:8"},
    "mask": {"viewLimits": "0:1", "autoScale": "off", "maxHeightPixels": "100:50:8"},
    "peaks": {},
    "elements": {
        "itemRgb": "on",
        "mouseOver": "$name: mask $mask_mean, $class, $tss_distance bp from the TSS",
        "filterValues.class": "promoter,DNase,H3K27ac,none",
        "filter.mask_mean": "0:1",
        "filterByRange.mask_mean": "on",
        "filterLimits.mask_mean": "0:1",
        "labelFields": "name",
    },
    "links": {"interactDirectional": "true", "maxHeightPixels": "200:80:20", "spectrum": "off"},
    "genes": {
        "itemRgb": "on",
        "mouseOver": "$name: predicted $predicted, observed $observed (log10(x + 1)), $split",
        "filterValues.split": "train,valid,test",
        "labelFields": "name",
    },
}
