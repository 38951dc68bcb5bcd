"""What is wrong with a backup, as opposed to with the systems around it."""

from infra.errors import VedetteError


class DamagedBackup(VedetteError):
    """A backup is not what was written: altered, cut short, or with a part missing. Nothing of it may be used."""


class RestoreFailed(VedetteError):
    """What the stores hold after a restore is not what the backup holds."""
