"""Do the intervals cover? A simulation study by the ADEMP plan (Morris 2019, doi:10.1002/sim.8086).

Aims: the coverage of every interval that ``cds`` prints, at n = 100, 500 and 5,000. Data: outcomes drawn from known
risks, calibrated and not (``mechanisms``). Estimands: each measure's value in the infinite population, by weighting
every possible outcome with its probability; of internal validation each developed model's own. Methods: the analytic
interval, percentile and BCa bootstrap; gaps, also several at once, paired differences, sampling weights, sites,
imputations and values corrected for optimism.
Performance: coverage with its Monte Carlo error, misses on either side, mean width, share without an interval.
A distance (ICI …) has no coverage to speak of; its p-value against perfect calibration must be uniform instead.

``python -m benchmarks.coverage [--quick] [PART ...]`` writes ``results.csv`` and ``results.md``; what other parts
have left there stays.
"""
