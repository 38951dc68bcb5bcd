"""Files in folders and object stores: uploads, backups and models lie there."""
