/** How things are looked at: nothing here changes what is learned. */
import { createStore } from 'zustand/vanilla'

/** red, green, blue: one channel, signed. spectrum: how much of which pattern the border holds. */
export const BORDER_DISPLAYS = ['signed', 'asIs', 'red', 'green', 'blue', 'magnitude', 'spectrum'] as const
export type BorderDisplay = (typeof BORDER_DISPLAYS)[number]

export const CURVE_NAMES = ['loss', 'rate', 'gradient', 'speed'] as const
export type CurveName = (typeof CURVE_NAMES)[number]

export interface ViewState {
  readonly display: BorderDisplay
  /** Strength of the border on the pictures, 0 to 1.5; 1 = as learned. */
  readonly strength: number
  /** Share of the picture, from the left, that shows it without the border. */
  readonly wipe: number
  /** Which of the hung pictures stands on the easel. */
  readonly selected: number
  /** The curve beside the accuracy. */
  readonly curve: CurveName
}

export const MAX_STRENGTH = 1.5
export const initialView: ViewState = { display: 'signed', strength: 1, wipe: 0.5, selected: 0, curve: 'loss' }

export const viewStore = createStore<ViewState>(() => initialView)

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x))

export const setDisplay = (display: BorderDisplay): void => viewStore.setState({ display })

/** The next display, and after the last the first. */
export const toggleDisplay = (): void =>
  viewStore.setState(({ display }) => ({
    display: BORDER_DISPLAYS[(BORDER_DISPLAYS.indexOf(display) + 1) % BORDER_DISPLAYS.length]!,
  }))

export const setStrength = (strength: number): void =>
  viewStore.setState({ strength: clamp(strength, 0, MAX_STRENGTH) })

export const setWipe = (wipe: number): void => viewStore.setState({ wipe: clamp(wipe, 0, 1) })

/** All before, all after: what the keyboard shortcut flips between. */
export const toggleWipe = (): void => viewStore.setState(({ wipe }) => ({ wipe: wipe > 0 ? 0 : 1 }))

export const selectPicture = (selected: number): void => viewStore.setState({ selected })

export const showCurve = (curve: CurveName): void => viewStore.setState({ curve })
