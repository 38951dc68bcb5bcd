"""Facts: what the servers, this machine and its files tell, gathered without changing anything."""
