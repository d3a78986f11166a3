"""What ``docs/lifecycle.md`` is made of: words, text and pictures, all read from the page of the lifecycle."""
