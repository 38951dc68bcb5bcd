"""Faust, and through it aiokafka, behind an interface of our own: all that relies on their private parts is here."""
