/**
 * Templates that the literature uses, by what they are for: the visual-prompting paper and its code (Bahng et al. 2022), the
 * single templates that CoOp's code keeps for each data set (Zhou et al. 2022), CLIP's data/prompts.md (Radford et al. 2021).
 */
export const TEMPLATES = [
  { template: 'This is a photo of a {}', of: 'VP, any data set' },
  { template: 'This is a photo of {} objects', of: 'VP, CLEVR: counting' },
  { template: 'a tissue region {} tumor', of: 'VP, Camelyon17' },
  { template: 'a photo of a {}.', of: 'CLIP and CoOp, ImageNet and others' },
  { template: 'a photo of a {}, a type of flower.', of: 'CoOp, Flowers102' },
  { template: 'a photo of a {}, a type of pet.', of: 'CoOp, Oxford Pets' },
  { template: 'a photo of {}, a type of food.', of: 'CoOp, Food101' },
  { template: 'a photo of a {}, a type of aircraft.', of: 'CoOp, FGVC Aircraft' },
  { template: '{} texture.', of: 'CoOp, DTD' },
  { template: 'a centered satellite photo of {}.', of: 'CoOp, EuroSAT' },
  { template: 'satellite imagery of {}.', of: 'CLIP, RESISC45' },
  { template: 'a photo of a person doing {}.', of: 'CoOp, UCF101' },
  { template: 'a photo of the number: "{}".', of: 'CLIP, SVHN and MNIST' },
  { template: 'a photo of {} objects.', of: 'CLIP, CLEVR' },
] as const
