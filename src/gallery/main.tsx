/** The gallery: every visual with fixed data, in a light or a dark room (`?theme=dark`). Linked from nowhere; its snapshot tests look at it. */
import { createRoot } from 'react-dom/client'
import { appearanceStore } from '../state/appearance'
import '../ui/tokens.css'
import css from './gallery.module.css'
import { fillStores } from './stage-stories'
import { stories } from './stories'

const theme = new URLSearchParams(location.search).get('theme') === 'dark' ? 'dark' : 'light'
appearanceStore.setState({ theme, language: 'en' })
document.documentElement.dataset.theme = theme
fillStores()

createRoot(document.getElementById('root')!).render(
  <main className={css.gallery}>
    <header className={css.header}>
      <h1>Visuals</h1>
      <nav aria-label="Room">
        <a href="?theme=light">light</a> <a href="?theme=dark">dark</a>
      </nav>
    </header>
    {stories.map(({ id, title, Content }) => (
      <section key={id} aria-labelledby={id} data-story={id} className={css.story}>
        <h2 id={id}>{title}</h2>
        <Content />
      </section>
    ))}
  </main>,
)
