/** Whole CLIPs, for the steps that learn words: the embedded one, and a ViT-B/32 of true size with random weights. */
import { loadClip } from '../../src/models/clip'
import { modelFolder } from '../../src/models/files-node'
import { heldFiles, trueSizeClip } from '../../tests/support/true-size-clip'
import type { TextBench } from './in-text'

export const stampClip: TextBench = { name: 'stamp', open: () => loadClip(modelFolder('public/models/stamp')) }

export const clipB32: TextBench = {
  name: 'vit-b-32 (random weights)',
  open: () => loadClip(heldFiles(trueSizeClip())),
}
