import { describe, expect, it } from 'vitest'
import {
  CLIP_DATASET_TEMPLATES,
  COOP_DATASET_TEMPLATES,
  COOP_TEMPLATE,
  IMAGENET_7,
  IMAGENET_80,
  VISUAL_PROMPTING_TEMPLATE,
} from '../../src/models/templates'

const of = (wanted: string) => CLIP_DATASET_TEMPLATES.find(({ dataset }) => dataset === wanted)!.templates

describe('templates', () => {
  it('are 80 of ImageNet, and 7 of them', () => {
    expect(new Set(IMAGENET_80).size).toBe(80)
    expect(IMAGENET_80[0]).toBe('a bad photo of a {}.')
    expect(IMAGENET_80[79]).toBe('a tattoo of the {}.')
    expect(IMAGENET_7).toHaveLength(7)
    for (const one of IMAGENET_7) expect(IMAGENET_80).toContain(one)
  })

  it.each([
    ['CIFAR10', 18, 'a photo of the big {}.'],
    ['CIFAR100', 18, 'a photo of the big {}.'],
    ['DescribableTextures', 8, 'a photo of the {} object.'],
    ['EuroSAT', 3, 'a centered satellite photo of the {}.'],
    ['RESISC45', 18, 'aerial view of the {}.'],
    ['UCF101', 48, 'a demonstration of the person practicing {}.'],
    ['SUN397', 2, 'a photo of the {}.'],
    ['StanfordCars', 8, 'a photo of my old {}.'],
    ['FGVCAircraft', 2, 'a photo of the {}, a type of aircraft.'],
    ['CLEVRCounts', 1, 'a photo of {} objects.'],
    ['OxfordPets', 1, 'a photo of a {}, a type of pet.'],
    ['MNIST', 1, 'a photo of the number: "{}".'],
  ])('of %s are the %d of data/prompts.md, in its order', (dataset, count, last) => {
    expect(of(dataset)).toHaveLength(count)
    expect(of(dataset).at(-1)).toBe(last)
    expect(new Set(of(dataset)).size).toBe(count)
  })

  it('are built as they stand there where they are combined', () => {
    expect(of('UCF101').slice(2, 6)).toEqual([
      'a example of a person {}.',
      'a demonstration of a person {}.',
      'a photo of the person {}.',
      'a video of the person {}.',
    ])
    expect(of('RESISC45').slice(4, 7)).toEqual([
      'satellite view of {}.',
      'aerial view of {}.',
      'satellite imagery of a {}.',
    ])
    expect(of('DescribableTextures').slice(0, 5)).toEqual([
      'a photo of a {} texture.',
      'a photo of a {} pattern.',
      'a photo of a {} thing.',
      'a photo of a {} object.',
      'a photo of the {} texture.',
    ])
  })

  it('each have one place for the name', () => {
    const all = [
      ...[VISUAL_PROMPTING_TEMPLATE, COOP_TEMPLATE, ...IMAGENET_80, ...IMAGENET_7],
      ...[...CLIP_DATASET_TEMPLATES, ...COOP_DATASET_TEMPLATES].flatMap(({ templates }) => templates),
    ]
    expect(all.filter((one) => one.split('{}').length !== 2)).toEqual([])
  })
})
