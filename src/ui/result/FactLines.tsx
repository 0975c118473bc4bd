/** Names and values, a line each: what numbers depend on. */
import css from './Result.module.css'

interface FactLinesProps {
  readonly lines: readonly (readonly [name: string, value: string])[]
  readonly testId: string
}

export function FactLines({ lines, testId }: FactLinesProps) {
  return (
    <dl className={css.provenance} data-testid={testId}>
      {lines.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
