"""The sections of a run's TOML file, each a frozen dataclass that checks itself; one file per kind of run."""
