/** How the page is scrolled by itself: seen to move, unless a person would rather not see it. */
export const gently = (): ScrollBehavior =>
  window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth'
