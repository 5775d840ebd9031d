"""The measures that a reader meets first, whichever table or figure there is room for; the rest stands in the files."""

HEADLINES = frozenset(
    {
        "auroc",
        "calibration_in_the_large",
        "calibration_slope",
        "harrell_c",
        "hand_till_m",
        "mae",
        "net_benefit_gain",
        "observed_expected",
        "ordinal_c",
        "r_squared",
        "rmse",
        "uno_c",
    }
)
