/** Numbers as people read them: percent, points, durations, p-values, hashes. */

/** 0.6123 -> "61.2 %" (narrow no-break space before the sign). */
export const percent = (fraction: number, digits = 1): string => `${(fraction * 100).toFixed(digits)}\u202f%`

/** 0.123 -> "+12.3", with a real minus sign below zero. */
export function points(difference: number): string {
  const value = difference * 100
  const text = Math.abs(value).toFixed(1)
  if (text === '0.0') return '±0.0'
  return `${value < 0 ? '\u2212' : '+'}${text}`
}

let locale = 'en'

/** Which language's grouping of digits is used. */
export function setNumberLocale(next: string): void {
  locale = next
}

export const count = (n: number): string => n.toLocaleString(locale)

/** Hours, minutes, seconds, as they follow a number. */
const UNITS = {
  en: ['\u202fh', '\u202fmin', '\u202fs'],
  zh: ['\u202f小时', '\u202f分', '\u202f秒'],
} as const

/** 75 -> "1 min 15 s". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '\u2013'
  const whole = Math.max(0, Math.round(seconds))
  const [h, min, s] = locale.startsWith('zh') ? UNITS.zh : UNITS.en
  if (whole < 60) return `${whole}${s}`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes}${min} ${whole % 60}${s}`
  return `${Math.floor(minutes / 60)}${h} ${minutes % 60}${min}`
}

/** McNemar's p as "p = 0.012" or "p < 0.001". */
export const pValue = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`)

export const shortSha = (hex: string): string => hex.slice(0, 12)

export function bytes(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)}\u202fGB`
  return n < 1e6 ? `${(n / 1e3).toFixed(0)}\u202fkB` : `${(n / 1e6).toFixed(1)}\u202fMB`
}

/** An estimate in bytes, no more exact than it is: 639.7 MB -> "640 MB". */
export const roughBytes = (n: number): string =>
  n >= 9.95e8 ? `${(n / 1e9).toFixed(1)}\u202fGB` : `${(Math.round(n / 1e7) * 10).toFixed(0)}\u202fMB`
