"""Questions about pictures that are kept nowhere: taken before everything else, answered, and forgotten."""
