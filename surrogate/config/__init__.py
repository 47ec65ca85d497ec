"""Settings: Hydra composes text, pydantic types it, registries make objects."""
