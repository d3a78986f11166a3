"""Tests of the clerk's pages, on the real record: gateway, rules, mails. Only Temporal is left out."""
