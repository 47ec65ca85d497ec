"""Certified solves: a classical tolerance, met sooner with what was learned."""
