"""The real engine in a seeded world: people, faults and deaths, and the invariants that must hold.

Every run is `sync.run.sync` itself on a real store (SQLite). What is simulated is the rest of the world: the clock, the
scheduler, the tools, the people in them, and the moment at which a process dies. One number, the seed, decides all.
"""
