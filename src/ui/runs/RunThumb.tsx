/** A kept run's border, small; asked for when it is first shown. */
import { useEffect, useState } from 'react'
import type { RunRecord } from '../../records/run-record'
import { drawnRun } from '../../state/kept-runs'
import { BorderThumb } from '../visuals/BorderThumb'

export function RunThumb({ record }: { readonly record: RunRecord }) {
  const [pixels, setPixels] = useState<Float32Array | null>(null)
  useEffect(() => {
    let wanted = true
    void drawnRun(record).then(({ border }) => {
      if (wanted) setPixels(border)
    })
    return () => {
      wanted = false
    }
  }, [record])
  return <BorderThumb pixels={pixels} border={record.border} />
}
