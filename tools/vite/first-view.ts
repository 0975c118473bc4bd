/**
 * Vite plugin: what the first view is made of is asked for by the page's own text. Vite would ask for a view's files when
 * it is imported, each by an element of its own: some sixty of them hold the page for 25 ms, and come later than need be.
 * Other views' files are found by the browser itself, as their modules name one another.
 */
import type { BuildOptions, Plugin, Rolldown } from 'vite'

/** Imported dynamically, and needed by every visit. */
const NEEDED = [/\/src\/ui\/App\.tsx$/, /\/src\/ui\/shell\/LearnView\.tsx$/]

/** Files that `name` imports, itself and theirs included. */
function withImports(bundle: Rolldown.OutputBundle, name: string, found = new Set<string>()): Set<string> {
  const chunk = bundle[name]
  if (chunk?.type !== 'chunk' || found.has(name)) return found
  found.add(name)
  for (const imported of chunk.imports) withImports(bundle, imported, found)
  return found
}

/** Styles stay with Vite, which waits for them before it runs what they belong to. */
export const modulePreload: BuildOptions['modulePreload'] = {
  resolveDependencies: (_file, files, { hostType }) =>
    hostType === 'js' ? files.filter((file) => file.endsWith('.css')) : files,
}

export function firstView(): Plugin {
  return {
    name: 'first-view',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle, filename }) {
        if (!bundle || !filename.endsWith('index.html')) return []
        const needed = Object.values(bundle).filter(
          (file) => file.type === 'chunk' && NEEDED.some((path) => path.test(file.facadeModuleId ?? '')),
        )
        if (needed.length < NEEDED.length) throw new Error('the first view is not where tools/vite/first-view.ts says')
        const files = new Set(needed.flatMap(({ fileName }) => [...withImports(bundle, fileName)]))
        return [...files]
          .filter((file) => !html.includes(file))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `./${file}` },
            injectTo: 'head' as const,
          }))
      },
    },
  }
}
