"""An evaluation written for people, spreadsheets and programs."""
