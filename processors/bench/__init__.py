"""What measures and shows the platform, apart from it: ``bench``, ``compare``, ``demo``, ``plain-loop``."""
