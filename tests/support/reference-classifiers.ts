/**
 * The classifiers with published weights that lie among the reference data, as model folders: their files, and the input
 * conventions that their graphs cannot tell (the folder's MANIFEST.md).
 */
import { readFileSync } from 'node:fs'
import type { ModelFiles } from '../../src/models/files'
import { referencePath } from '../data/reference'

const HALF = [0.5, 0.5, 0.5]
const IMAGENET = { image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] }
/** torchvision's usual way, and `main_vision.py`'s of the visual-prompting reference code. */
const CROPPED = { size: { shortest_edge: 256 }, crop_size: 224 }
const CIFAR10 = 'airplane automobile bird cat deer dog frog horse ship truck'

export interface ReferenceClassifier {
  readonly id: string
  readonly title: string
  readonly file: string
  /** preprocessor_config.json */
  readonly preprocessor: Readonly<Record<string, unknown>>
  /** File of labels, or the labels. */
  readonly labels: { readonly file: string } | { readonly names: string }
}

export const REFERENCE_CLASSIFIERS: readonly ReferenceClassifier[] = [
  {
    id: 'mobilenet-v2',
    title: 'MobileNetV2',
    file: 'models/mobilenet_v2_1.0_224_qat_dequant_fp32.onnx',
    preprocessor: { image_mean: HALF, image_std: HALF, ...CROPPED },
    labels: { file: 'models/imagenet_labels_1000.txt' },
  },
  {
    id: 'squeezenet-1.1',
    title: 'SqueezeNet 1.1',
    file: 'models/squeezenet1.1_imagenet_fp32.onnx',
    preprocessor: { ...IMAGENET, ...CROPPED },
    labels: { file: 'models/imagenet_labels_1000.txt' },
  },
  {
    id: 'resnet20-cifar10',
    title: 'ResNet-20 (CIFAR-10)',
    file: 'models/resnet20_cifar10_fp32.onnx',
    preprocessor: { ...IMAGENET, crop_size: 32 },
    labels: { names: CIFAR10.replaceAll(' ', '\n') },
  },
]

/** @param changes fields of preprocessor_config.json in place of the usual ones */
export function referenceFiles(id: string, changes: Readonly<Record<string, unknown>> = {}): ModelFiles {
  const found = REFERENCE_CLASSIFIERS.find((one) => one.id === id)
  if (!found) throw new Error(`no reference classifier ${id}`)
  const { file, labels, preprocessor } = found
  const text = (content: string) => new TextEncoder().encode(content)
  const files: Readonly<Record<string, () => Uint8Array>> = {
    'model.onnx': () => readFileSync(referencePath(file)),
    'preprocessor_config.json': () => text(JSON.stringify({ ...preprocessor, ...changes })),
    'labels.txt': () => ('names' in labels ? text(labels.names) : readFileSync(referencePath(labels.file))),
  }
  return {
    name: id,
    async read(path, onBytes) {
      const bytes = files[path]?.() ?? null
      if (bytes) onBytes?.(bytes.byteLength, bytes.byteLength)
      return bytes
    },
  }
}
