/** The fused engine cannot do this, which is no error: ONNX Runtime can. */
export class Unsupported extends Error {}
