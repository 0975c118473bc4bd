/** Counts what devices are given to do, whoever does it: dispatches, submits, live bytes. */
import { BufferLedger } from '../../src/runtime/webgpu-device'

export class DeviceWatch {
  dispatches = 0
  submits = 0
  readonly buffers = new BufferLedger()

  reset(): void {
    this.dispatches = 0
    this.submits = 0
    this.buffers.resetPeak()
  }

  /** From now on this device is counted too. */
  add(device: GPUDevice): void {
    this.buffers.watch(device)
    const submit = device.queue.submit.bind(device.queue)
    device.queue.submit = (commands) => {
      this.submits += 1
      return submit(commands)
    }
    const createCommandEncoder = device.createCommandEncoder.bind(device)
    device.createCommandEncoder = (descriptor) => {
      const encoder = createCommandEncoder(descriptor)
      const beginComputePass = encoder.beginComputePass.bind(encoder)
      encoder.beginComputePass = (pass) => this.#pass(beginComputePass(pass))
      return encoder
    }
  }

  #pass(pass: GPUComputePassEncoder): GPUComputePassEncoder {
    const direct = pass.dispatchWorkgroups.bind(pass)
    const indirect = pass.dispatchWorkgroupsIndirect.bind(pass)
    pass.dispatchWorkgroups = (...size) => {
      this.dispatches += 1
      return direct(...size)
    }
    pass.dispatchWorkgroupsIndirect = (...where) => {
      this.dispatches += 1
      return indirect(...where)
    }
    return pass
  }
}

/** Counts every device that is requested from now on. */
export function watchDevices(): DeviceWatch {
  const watch = new DeviceWatch()
  const request = GPUAdapter.prototype.requestDevice
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...descriptor) {
    const device = await request.apply(this, descriptor)
    watch.add(device)
    return device
  }
  return watch
}
