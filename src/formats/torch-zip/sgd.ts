/** The state of torch.optim.SGD, both ways: parameter by parameter, in the order in which the model registers them. */
import type { NamedTensor, NamedTensors } from '../../methods/method'
import { hostTensor } from './tensors'
import { fieldOf, TorchTensor, type PickleValue } from './values'
import { PythonFloat, type Picklable } from './write'

/** The momentum buffers by name, shaped as the parameters; null where not every parameter has one. */
export function velocityOf(
  state: PickleValue | undefined,
  names: readonly string[],
  parameters: NamedTensors,
): NamedTensors | null {
  if (!(state instanceof Map)) return null
  const buffers = names.map((key, i) => {
    const buffer = fieldOf(state.get(i), 'momentum_buffer')
    const fits = buffer instanceof TorchTensor && buffer.dims.join() === parameters[key]!.dims.join()
    return fits ? ([key, hostTensor(buffer)] as const) : null
  })
  return buffers.includes(null) ? null : Object.fromEntries(buffers as [string, NamedTensor][])
}

/** torch.optim.SGD.state_dict(), as PyTorch 2 writes it; older ones take it too. */
export function sgdState(
  names: readonly string[],
  velocity: NamedTensors | null,
  learningRate: number,
  momentum: number,
): Picklable {
  const state = new Map<number, Picklable>()
  names.forEach((key, i) => {
    if (velocity) state.set(i, new Map([['momentum_buffer', velocity[key]!]]))
  })
  const group = new Map<string, Picklable>([
    ['lr', new PythonFloat(learningRate)],
    ['momentum', new PythonFloat(momentum)],
    ['dampening', 0],
    ['weight_decay', 0],
    ['nesterov', false],
    ['maximize', false],
    ['foreach', null],
    ['differentiable', false],
    ['fused', null],
    ['params', names.map((_, i) => i)],
  ])
  return new Map<string, Picklable>([
    ['state', state],
    ['param_groups', [group]],
  ])
}
