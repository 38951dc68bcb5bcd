"""Accounts: made by administrators or by people themselves, changed and closed."""
