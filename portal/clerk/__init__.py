"""The clerks' pages: a form behind each link, the page of a case, receipts and words about the service."""
