/** What the accuracy before learning is called: a CLIP's is zero-shot, a classifier's says which outputs stood in. */
import { count } from '../../i18n/format'
import { t } from '../../i18n/t'
import type { MappingInfo } from '../../lab/protocol'

export function frozenTitle(mapping: MappingInfo | null): string {
  return mapping ? t(`result.frozen.${mapping.kind}`, { count: count(mapping.outputs.length) }) : t('result.zeroShot')
}
