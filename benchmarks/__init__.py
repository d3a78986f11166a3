"""What the engine costs, measured as ratios: ``python -m benchmarks``. Nothing here ships."""
