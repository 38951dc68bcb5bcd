"""How Sphinx builds the site."""

project = "Vedette"
author = "the Vedette contributors"
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
exclude_patterns = ["README.md"]
html_theme = "furo"
html_title = "Vedette"
html_static_path: list[str] = []
# A heading is a target: page.md#its-words.
myst_heading_anchors = 4
nitpicky = True
