/** Image features as the text methods take them; who computes and keeps them is another's. */
import type { Batch } from '../method'

/**
 * Image embeddings of the rows of a batch that count, float32 [count,D] (more rows are not looked at), of any norm: the
 * methods normalise them. Kept ones serve every method whose pictures do not change (`batch.source.unchanged`).
 */
export type FeaturesOf = (batch: Batch) => Float32Array | Promise<Float32Array>
