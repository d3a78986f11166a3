"""Letters and notices: from an order and its facts to the finished bytes of a mail."""
