"""The production shape: compose file, image, jobs."""
