/**
 * Where random patches lie: two seeded streams, so that looking at predictions does not move what is learned, and a run that
 * goes on from a checkpoint draws as if it had never stopped.
 */
import { Random, type RandomState } from '../data/random'

export interface PlacesState {
  readonly learning: RandomState
  readonly predicting: RandomState
}

export class PromptPlaces {
  readonly learning: Random
  readonly predicting: Random

  constructor(seed: number) {
    const seeds = new Random(seed)
    this.learning = new Random(seeds.uint32())
    this.predicting = new Random(seeds.uint32())
  }

  getState(): PlacesState {
    return { learning: this.learning.getState(), predicting: this.predicting.getState() }
  }

  setState({ learning, predicting }: PlacesState): void {
    this.learning.setState(learning)
    this.predicting.setState(predicting)
  }
}
