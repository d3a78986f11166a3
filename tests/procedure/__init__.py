"""The page of the lifecycle and the rules beside it, without a database: thousands of steps a second."""
