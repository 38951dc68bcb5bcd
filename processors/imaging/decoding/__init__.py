"""Images decoded within bounds of time and memory, in processes that may be killed."""
