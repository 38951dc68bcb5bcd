"""Where references come from: lines of text, tables and object stores, read bit by bit."""
