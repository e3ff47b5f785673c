"""The real engine under a seeded world: people, faults and deaths, and the invariants that must hold."""
