"""What cameras note beside their pictures: when, with what and where. None of it is trusted for anything."""
