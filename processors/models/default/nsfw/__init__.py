"""The default model for moderation, from NSFWJS, built into ONNX from the npm package that carries it."""
