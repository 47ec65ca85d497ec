"""Data sets on disk: parts, manifest, certificate, card, generation, conversion."""
