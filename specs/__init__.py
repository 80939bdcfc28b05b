"""What is particular to a study or a standard: models, loader, linter, the standards' metadata and the studies."""
