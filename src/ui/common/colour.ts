/** Colours of the style sheet for canvases, which cannot read its variables themselves. */

/** A token such as `--ink`, as the element would be painted with it now: `rgb(...)`. */
export const colourOf = (element: Element, token: `--${string}`): string => resolveColour(element, `var(${token})`)

/** Any CSS colour, such as `light-dark(a, b)`, as the element would be painted with it now. */
export function resolveColour(element: Element, colour: string): string {
  // The variable itself may say `light-dark(a, b)`; only a property is computed to one colour.
  const probe = element.ownerDocument.createElement('i')
  probe.style.color = colour
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
