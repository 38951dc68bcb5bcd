"""Six free pictures that come with Vedette, for its demonstration and for trying models."""

from pathlib import Path

DEMO_PICTURES = Path(__file__).parent
