/**
 * A part of the page that is fetched when it is first shown. Where it does not come, or breaks while it is drawn, a sentence
 * stands in its place with a button that tries once more: all else goes on, the run too.
 */
import { Component, lazy, type ComponentType, type LazyExoticComponent } from 'react'
import { importPart } from '../../runtime/program-files'
import { troubleOf, type Trouble } from '../../state/trouble'
import { Alert } from './Alert'
import css from './fetched.module.css'

interface Ways {
  /** What the sentence lies in. */
  readonly className?: string | undefined
  /** Where the part can be done without: what leaves it. */
  readonly onDismiss?: () => void
}

export function fetched<P extends object>(fetch: () => Promise<ComponentType<P>>, ways: Ways = {}): ComponentType<P> {
  const attempt = (part: typeof fetch) => lazy(async () => ({ default: await importPart(part) }))
  // A failed one stays failed; one that has come serves every place.
  let latest: LazyExoticComponent<ComponentType<P>> = attempt(fetch)
  return class Fetched extends Component<P, { readonly trouble: Trouble | null }> {
    static getDerivedStateFromError = (error: unknown) => ({ trouble: troubleOf(error) })
    override state = { trouble: null }

    override componentDidCatch(): void {
      latest = attempt(() => styled().then(fetch))
    }

    readonly #again = () => this.setState({ trouble: null })

    override render() {
      const { trouble } = this.state
      const Part = latest
      if (trouble === null) return <Part {...this.props} />
      return (
        <div className={ways.className ?? css.inPlace}>
          <Alert trouble={trouble} onAgain={this.#again} {...(ways.onDismiss && { onDismiss: ways.onDismiss })} />
        </div>
      )
    }
  }
}

/** Vite asks for the style sheets of a part once: those that did not come are asked for again. */
async function styled(): Promise<void> {
  const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')]
  await Promise.all(links.filter((link) => !hasCome(link)).map(anew))
}

function hasCome({ sheet }: HTMLLinkElement): boolean {
  try {
    return sheet !== null && sheet.cssRules.length > 0
  } catch {
    // Chromium makes one of what did not come, and lets nobody look into it.
    return false
  }
}

function anew(link: HTMLLinkElement): Promise<void> {
  const next = document.createElement('link')
  next.rel = 'stylesheet'
  next.href = link.href
  return new Promise((resolve, reject) => {
    next.addEventListener('load', () => resolve())
    next.addEventListener('error', () => reject(new Error(`Unable to preload CSS for ${next.href}`)))
    link.replaceWith(next)
  })
}
