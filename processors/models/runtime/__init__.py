"""ONNX Runtime: providers, sessions and graphs."""
