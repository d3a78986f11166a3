"""Composition: the only place that puts the engine's parts together. The processes at the top only start them."""
