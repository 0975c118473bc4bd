import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readPreprocessor } from '../../src/models/preprocessor'
import { refusal } from '../support/refusal'

const MEAN = [0.48145466, 0.4578275, 0.40821073] as const
const STD = [0.26862954, 0.26130258, 0.27577711] as const
const normalised = { image_mean: MEAN, image_std: STD }
const clip = { declared: 224, filter: 'bicubic' } as const

const read = (json: object, defaults = clip as Parameters<typeof readPreprocessor>[2]) =>
  readPreprocessor({ ...normalised, ...json }, 'm', defaults)
const refused = (json: object, defaults?: Parameters<typeof readPreprocessor>[2]) =>
  refusal(() => read(json, defaults)).message

describe('readPreprocessor', () => {
  it("reads Stamp's file, which is laid out as the hub's CLIPs are", () => {
    const json = JSON.parse(readFileSync('public/models/stamp/preprocessor_config.json', 'utf8')) as object
    expect(readPreprocessor(json, 'stamp', { declared: 64, filter: 'bicubic' })).toEqual({
      ...{ imageSize: 64, mean: MEAN, std: STD },
      resize: { fit: 'crop', side: 64, filter: 'bicubic' },
    })
  })

  it.each([
    // The first hub CLIPs: plain numbers.
    [
      { size: 224, crop_size: 224, do_center_crop: true, resample: 3 },
      { fit: 'crop', side: 224, filter: 'bicubic' },
    ],
    [{ crop_size: { height: 224, width: 224 } }, { fit: 'crop', side: 224, filter: 'bicubic' }],
    [{}, { fit: 'crop', side: 224, filter: 'bicubic' }],
    [
      { size: { shortest_edge: 256 }, crop_size: 224, resample: 2 },
      { fit: 'crop', side: 256, filter: 'bilinear' },
    ],
    // ViT: bent to a square.
    [
      { size: { height: 224, width: 224 }, resample: 2 },
      { fit: 'squash', side: 224, filter: 'bilinear' },
    ],
    [
      { size: 224, do_center_crop: false },
      { fit: 'squash', side: 224, filter: 'bicubic' },
    ],
    [
      { size: { height: 256, width: 256 }, crop_size: 224 },
      { fit: 'squash', side: 256, filter: 'bicubic' },
    ],
    // ConvNeXt.
    [
      { size: { shortest_edge: 224 }, crop_pct: 0.875 },
      { fit: 'crop', side: 256, filter: 'bicubic' },
    ],
  ])('reads sizes (%#)', (json, resize) => {
    expect(read(json)).toMatchObject({ imageSize: 224, resize })
  })

  it('writes every normalisation for pixels in [0, 1]', () => {
    const of = (json: object, value: number) => {
      const { mean, std } = read(json)
      return (value / 255 - mean[0]) / std[0]
    }
    const half = { image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] }
    expect(of({ ...half, rescale_factor: 1 / 255 }, 51)).toBeCloseTo((51 / 255 - 0.5) / 0.5, 12)
    expect(of({ ...half, rescale_factor: 1 / 127.5 }, 51)).toBeCloseTo((51 / 127.5 - 0.5) / 0.5, 12)
    expect(of({ ...half, do_rescale: false }, 51)).toBeCloseTo((51 - 0.5) / 0.5, 9)
    expect(of({ do_normalize: false }, 51)).toBeCloseTo(51 / 255, 12)
    expect(of({ do_normalize: false, do_rescale: false }, 51)).toBeCloseTo(51, 12)
    // As files round 1/255, the published numbers stay what they are.
    expect(read({ rescale_factor: 0.00392156862745098 })).toMatchObject({ mean: MEAN, std: STD })
  })

  it('takes the side from the file where the model has none', () => {
    const any = { declared: null, filter: 'bilinear' } as const
    expect(read({ crop_size: 96 }, any)).toMatchObject({ imageSize: 96, resize: { side: 96, filter: 'bilinear' } })
    expect(read({}, { ...any, otherwise: 32 }).imageSize).toBe(32)
    expect(refused({}, any)).toMatch(/takes pictures of any size, and no file says of which/)
  })

  it.each([
    ['resample', { resample: 1 }],
    ['resample', { resample: 'bicubic' }],
    ['size', { size: { shortest_edge: 224, longest_edge: 336 } }],
    ['size', { size: { height: 224, width: 336 } }],
    ['size', { size: 0 }],
    ['crop_size', { crop_size: { height: 224, width: 336 } }],
    ['do_resize', { do_resize: false }],
    ['do_center_crop', { size: { shortest_edge: 224 }, do_center_crop: false }],
    ['rescale_offset', { rescale_offset: true }],
    ['rescale_factor', { rescale_factor: 0 }],
    ['image_std', { image_std: [1, 0, 1] }],
    ['image_mean', { image_mean: 0.5 }],
    // Colours the other way round, frames around the picture, and whatever else may come.
    ['do_flip_channel_order', { do_flip_channel_order: true }],
    ['do_pad', { do_pad: true }],
    ['do_something_new', { do_something_new: true }],
  ])('refuses %s where it asks for what is not known (%#)', (field, json) => {
    expect(refused(json)).toMatch(
      new RegExp(
        `^The model "m" wants its images prepared in a way that is not known here: preprocessor_config.json has "${field}": .*\\.$`,
      ),
    )
  })

  it('passes over switches that change no pixel, and those that are off', () => {
    const harmless = { do_convert_rgb: true, do_reduce_labels: false, do_pad: false, do_flip_channel_order: false }
    expect(read({ ...harmless, image_processor_type: 'CLIPImageProcessor' })).toEqual(read({}))
  })

  it('refuses sizes that contradict the model, and a missing normalisation', () => {
    expect(refused({ crop_size: 256 })).toMatch(/takes 224 pixels, its preprocessing gives 256/)
    expect(refused({ size: { shortest_edge: 192 } })).toMatch(/takes 224 pixels, its preprocessing gives 192/)
    expect(refused({ size: 192, crop_size: 224 })).toMatch(/takes 224 pixels, its preprocessing gives 192/)
    expect(refused({ image_std: undefined })).toMatch(/does not say how its pixels are normalised/)
    expect(refusal(() => readPreprocessor(null, 'm', clip)).message).toMatch(/preprocessor_config.json has null\.$/)
  })
})
