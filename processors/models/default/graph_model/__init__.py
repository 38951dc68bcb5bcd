"""TensorFlow.js graph models, read and turned into ONNX without TensorFlow."""
