"""The benchmark behind `make bench`: what a run costs, beside the figures the design promises and a peer."""
