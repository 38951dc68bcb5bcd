"""Checks: each is told facts and tells findings, and asks nobody anything."""
