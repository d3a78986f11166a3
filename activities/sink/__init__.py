"""The mail sink of the embedded mode: takes what is sent, shows it in a browser, hands replies back."""
