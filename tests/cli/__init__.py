"""Tests of the officers' command line."""
