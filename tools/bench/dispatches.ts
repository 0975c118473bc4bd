/** Counts the compute dispatches that a device is given, whoever gives them. */
export class DispatchCounter {
  count = 0

  constructor(device: GPUDevice) {
    const createCommandEncoder = device.createCommandEncoder.bind(device)
    device.createCommandEncoder = (descriptor) => {
      const encoder = createCommandEncoder(descriptor)
      const beginComputePass = encoder.beginComputePass.bind(encoder)
      encoder.beginComputePass = (pass) => this.#watch(beginComputePass(pass))
      return encoder
    }
  }

  #watch(pass: GPUComputePassEncoder): GPUComputePassEncoder {
    const direct = pass.dispatchWorkgroups.bind(pass)
    const indirect = pass.dispatchWorkgroupsIndirect.bind(pass)
    pass.dispatchWorkgroups = (...size) => {
      this.count += 1
      return direct(...size)
    }
    pass.dispatchWorkgroupsIndirect = (...where) => {
      this.count += 1
      return indirect(...where)
    }
    return pass
  }
}
