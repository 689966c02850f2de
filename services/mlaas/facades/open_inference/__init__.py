"""The Open Inference Protocol, version 2, with tensors in binary.

https://github.com/kserve/open-inference-protocol; the binary data are Triton's extension to it:
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""
