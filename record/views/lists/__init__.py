"""Lists that grow with the number of cases: filtered, sorted and cut by the database."""
