"""Touching the world, one class per outside thing: the record, mail, notices, payments."""
