"""The Open Inference Protocol, version 2 (KServe), with tensors in JSON or, as Triton has them, in binary."""
