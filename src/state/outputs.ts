/** Which outputs of a classifier stand for the classes of the task: the first ones, until a person chooses others. */
import { createStore } from 'zustand/vanilla'
import { sessionStore } from './session'

export interface OutputsState {
  /** Output of each class, [C]; null: the first ones. */
  readonly chosen: readonly number[] | null
  /** sha256 of the classifier that they were chosen of. */
  readonly of: string | null
}

const NOTHING: OutputsState = { chosen: null, of: null }

export const outputsStore = createStore<OutputsState>(() => NOTHING)

/** As a kept run has them, of its classifier; null for a CLIP. */
export function adoptOutputs(outputs: readonly number[] | null, sha256: string): void {
  const isFirst = outputs?.every((output, i) => output === i) ?? true
  outputsStore.setState(isFirst ? NOTHING : { chosen: outputs, of: sha256 })
}

/** A new task: its classes are others. */
export const forgetOutputs = (): void => outputsStore.setState(NOTHING)

const firstOf = (classes: number): readonly number[] => Array.from({ length: classes }, (_, i) => i)

/** Output of each class as a run would be started now. */
export function outputsOf({ chosen, of }: OutputsState, classes: number, sha256: string): readonly number[] {
  return chosen?.length === classes && of === sha256 ? chosen : firstOf(classes)
}

/** Lets an output stand for a class. One that stands for another class changes places with it: no output stands for two. */
export function chooseOutput(index: number, output: number, classes: number): void {
  const { model } = sessionStore.getState()
  if (!model?.labels || output < 0 || output >= model.labels.length) return
  const before = outputsOf(outputsStore.getState(), classes, model.sha256)
  const taken = before[index]!
  const chosen = before.map((one, i) => (i === index ? output : one === output ? taken : one))
  const isFirst = chosen.every((one, i) => one === i)
  outputsStore.setState(isFirst ? NOTHING : { chosen, of: model.sha256 })
}

/** What `start` is told; nothing where it is the first ones, or a CLIP. */
export function outputsForStart(): { readonly outputs?: readonly number[] } {
  const { chosen, of } = outputsStore.getState()
  return chosen && of === sessionStore.getState().model?.sha256 ? { outputs: chosen } : {}
}
