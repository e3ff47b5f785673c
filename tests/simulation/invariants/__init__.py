"""What must hold in a simulated world: I1 to I9, checked against what people really did."""
