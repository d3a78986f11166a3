"""What people read of the record, as plain values: officers, clerks, and whoever looks something up."""
