"""OAuth 2.0: applications of others that act for people, or as themselves; the protocol's rules are Authlib's."""
