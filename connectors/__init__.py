"""The tools, one folder each, behind one contract (:mod:`connectors.contract`)."""
