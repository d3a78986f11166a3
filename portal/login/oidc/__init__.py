"""OpenID Connect without pages: the provider, and what a browser keeps on its way there and back."""
