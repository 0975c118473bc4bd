/** The public face of the gradient graph: reverse mode on ONNX graphs. Depends on `onnx/` only. */
export type { TrainingGraph, TrainingGraphOptions } from './training'
export { buildTrainingGraph, gradientName, trainingModel } from './training'
export type { Head } from './heads'
export { crossEntropyHead, marginalEntropyHead, seedHead, textCrossEntropyHead, textMarginalEntropyHead } from './heads'
