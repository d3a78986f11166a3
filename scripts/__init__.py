"""Helpers of the Makefile; nothing here ships."""
