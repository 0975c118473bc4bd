/**
 * Templates of the papers, with `{}` for the class name: the 80 of ImageNet and OpenAI's greedy subset of 7
 * (`notebooks/Prompt_Engineering_for_ImageNet.ipynb`), those of single data sets (`data/prompts.md`, both openai/CLIP), the one
 * of visual prompting (Bahng et al. 2022, `main_clip.py`) and the hand-made ones of CoOp (`trainers/zsclip.py`).
 *
 * A list for a data set is what CLIP's zero-shot numbers were measured with, an embedding ensemble over all of it.
 */

/** The template of visual prompting; without a full stop, as in its code. */
export const VISUAL_PROMPTING_TEMPLATE = 'This is a photo of a {}'

export const IMAGENET_80: readonly string[] = [
  'a bad photo of a {}.',
  'a photo of many {}.',
  'a sculpture of a {}.',
  'a photo of the hard to see {}.',
  'a low resolution photo of the {}.',
  'a rendering of a {}.',
  'graffiti of a {}.',
  'a bad photo of the {}.',
  'a cropped photo of the {}.',
  'a tattoo of a {}.',
  'the embroidered {}.',
  'a photo of a hard to see {}.',
  'a bright photo of a {}.',
  'a photo of a clean {}.',
  'a photo of a dirty {}.',
  'a dark photo of the {}.',
  'a drawing of a {}.',
  'a photo of my {}.',
  'the plastic {}.',
  'a photo of the cool {}.',
  'a close-up photo of a {}.',
  'a black and white photo of the {}.',
  'a painting of the {}.',
  'a painting of a {}.',
  'a pixelated photo of the {}.',
  'a sculpture of the {}.',
  'a bright photo of the {}.',
  'a cropped photo of a {}.',
  'a plastic {}.',
  'a photo of the dirty {}.',
  'a jpeg corrupted photo of a {}.',
  'a blurry photo of the {}.',
  'a photo of the {}.',
  'a good photo of the {}.',
  'a rendering of the {}.',
  'a {} in a video game.',
  'a photo of one {}.',
  'a doodle of a {}.',
  'a close-up photo of the {}.',
  'a photo of a {}.',
  'the origami {}.',
  'the {} in a video game.',
  'a sketch of a {}.',
  'a doodle of the {}.',
  'a origami {}.',
  'a low resolution photo of a {}.',
  'the toy {}.',
  'a rendition of the {}.',
  'a photo of the clean {}.',
  'a photo of a large {}.',
  'a rendition of a {}.',
  'a photo of a nice {}.',
  'a photo of a weird {}.',
  'a blurry photo of a {}.',
  'a cartoon {}.',
  'art of a {}.',
  'a sketch of the {}.',
  'a embroidered {}.',
  'a pixelated photo of a {}.',
  'itap of the {}.',
  'a jpeg corrupted photo of the {}.',
  'a good photo of a {}.',
  'a plushie {}.',
  'a photo of the nice {}.',
  'a photo of the small {}.',
  'a photo of the weird {}.',
  'the cartoon {}.',
  'art of the {}.',
  'a drawing of the {}.',
  'a photo of the large {}.',
  'a black and white photo of a {}.',
  'the plushie {}.',
  'a dark photo of a {}.',
  'itap of a {}.',
  'graffiti of the {}.',
  'a toy {}.',
  'itap of my {}.',
  'a photo of a cool {}.',
  'a photo of a small {}.',
  'a tattoo of the {}.',
]

/** "itap" stands for "I took a picture". Chosen greedily by OpenAI from the 80, and slightly better than all of them. */
export const IMAGENET_7: readonly string[] = [
  'itap of a {}.',
  'a bad photo of the {}.',
  'a origami {}.',
  'a photo of the large {}.',
  'a {} in a video game.',
  'art of the {}.',
  'a photo of the small {}.',
]

/** Every opening with every ending, the opening varying fastest. */
const combined = (openings: readonly string[], endings: readonly string[]): string[] =>
  endings.flatMap((ending) => openings.map((opening) => `${opening} ${ending}`))

const CIFAR: readonly string[] = [
  'a photo of a {}.',
  'a blurry photo of a {}.',
  'a black and white photo of a {}.',
  'a low contrast photo of a {}.',
  'a high contrast photo of a {}.',
  'a bad photo of a {}.',
  'a good photo of a {}.',
  'a photo of a small {}.',
  'a photo of a big {}.',
  'a photo of the {}.',
  'a blurry photo of the {}.',
  'a black and white photo of the {}.',
  'a low contrast photo of the {}.',
  'a high contrast photo of the {}.',
  'a bad photo of the {}.',
  'a good photo of the {}.',
  'a photo of the small {}.',
  'a photo of the big {}.',
]

const AERIAL = [
  'satellite imagery',
  'aerial imagery',
  'satellite photo',
  'aerial photo',
  'satellite view',
  'aerial view',
]

const UCF_VERBS = ['{}.', 'using {}.', 'doing {}.', 'during {}.', 'performing {}.', 'practicing {}.']

/** Templates of a data set, and what they were written for. */
export interface DatasetTemplates {
  readonly dataset: string
  readonly templates: readonly string[]
}

/** openai/CLIP, `data/prompts.md`, by the name of the data set there. Sets that are no pictures of things are left out. */
export const CLIP_DATASET_TEMPLATES: readonly DatasetTemplates[] = [
  { dataset: 'Birdsnap', templates: ['a photo of a {}, a type of bird.'] },
  { dataset: 'CIFAR10', templates: CIFAR },
  { dataset: 'CIFAR100', templates: CIFAR },
  { dataset: 'CLEVRCounts', templates: ['a photo of {} objects.'] },
  {
    dataset: 'Country211',
    templates: [
      'a photo i took in {}.',
      'a photo i took while visiting {}.',
      'a photo from my home country of {}.',
      'a photo from my visit to {}.',
      'a photo showing the country of {}.',
    ],
  },
  {
    dataset: 'DescribableTextures',
    templates: ['a', 'the'].flatMap((which) =>
      ['texture', 'pattern', 'thing', 'object'].map((what) => `a photo of ${which} {} ${what}.`),
    ),
  },
  {
    dataset: 'EuroSAT',
    templates: [
      'a centered satellite photo of {}.',
      'a centered satellite photo of a {}.',
      'a centered satellite photo of the {}.',
    ],
  },
  {
    dataset: 'FGVCAircraft',
    templates: ['a photo of a {}, a type of aircraft.', 'a photo of the {}, a type of aircraft.'],
  },
  { dataset: 'Flowers102', templates: ['a photo of a {}, a type of flower.'] },
  { dataset: 'Food101', templates: ['a photo of {}, a type of food.'] },
  {
    dataset: 'GTSRB',
    templates: [
      'a zoomed in photo of a "{}" traffic sign.',
      'a centered photo of a "{}" traffic sign.',
      'a close up photo of a "{}" traffic sign.',
    ],
  },
  { dataset: 'MNIST', templates: ['a photo of the number: "{}".'] },
  { dataset: 'OxfordPets', templates: ['a photo of a {}, a type of pet.'] },
  { dataset: 'PascalVOC2007', templates: ['a photo of a {}.'] },
  { dataset: 'PatchCamelyon', templates: ['this is a photo of {}'] },
  { dataset: 'RESISC45', templates: combined(AERIAL, ['of {}.', 'of a {}.', 'of the {}.']) },
  { dataset: 'STL10', templates: ['a photo of a {}.', 'a photo of the {}.'] },
  { dataset: 'SUN397', templates: ['a photo of a {}.', 'a photo of the {}.'] },
  {
    dataset: 'StanfordCars',
    templates: [
      'a photo of a {}.',
      'a photo of the {}.',
      'a photo of my {}.',
      'i love my {}!',
      'a photo of my dirty {}.',
      'a photo of my clean {}.',
      'a photo of my new {}.',
      'a photo of my old {}.',
    ],
  },
  {
    dataset: 'UCF101',
    templates: combined(
      ['a person', 'the person'].flatMap((who) =>
        ['photo', 'video', 'example', 'demonstration'].map((what) => `a ${what} of ${who}`),
      ),
      UCF_VERBS,
    ),
  },
]

/** KaiyangZhou/CoOp, `trainers/zsclip.py`: one a data set; every other set there has "a photo of a {}.". */
export const COOP_DATASET_TEMPLATES: readonly DatasetTemplates[] = [
  { dataset: 'OxfordPets', templates: ['a photo of a {}, a type of pet.'] },
  { dataset: 'Flowers102', templates: ['a photo of a {}, a type of flower.'] },
  { dataset: 'FGVCAircraft', templates: ['a photo of a {}, a type of aircraft.'] },
  { dataset: 'DescribableTextures', templates: ['{} texture.'] },
  { dataset: 'EuroSAT', templates: ['a centered satellite photo of {}.'] },
  { dataset: 'Food101', templates: ['a photo of {}, a type of food.'] },
  { dataset: 'UCF101', templates: ['a photo of a person doing {}.'] },
]

/** The one of CoOp for everything else. */
export const COOP_TEMPLATE = 'a photo of a {}.'
