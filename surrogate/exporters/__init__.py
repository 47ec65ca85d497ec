"""One export format per module; each runs and checks what it wrote."""
