"""What people write: the forms, and the texts, names, numbers and placeholders in them."""
