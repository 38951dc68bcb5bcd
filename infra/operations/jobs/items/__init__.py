"""The items of jobs, read some at a time from where each kind of source has them."""
