"""Changes of people, and absences."""
