"""Stand-ins of the tools: in memory, stateful and strict, reached over HTTP like the real ones.

For the demo, for trying a configuration without touching anybody's data, and for tests.
"""
