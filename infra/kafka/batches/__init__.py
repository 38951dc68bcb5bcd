"""Record batches, read within bounds: a few bytes on the wire may stand for gigabytes."""
