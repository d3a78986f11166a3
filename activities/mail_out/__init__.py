"""Mail out: the mailroom that hands finished mails to the mail server, its outbox and its connections."""
