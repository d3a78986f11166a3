"""Which comes first: an answer and the mails of its task, in every order."""
