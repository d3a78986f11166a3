"""What happens when; reads like the funding guideline."""
