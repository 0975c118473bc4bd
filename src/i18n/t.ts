/**
 * Strings of the page by key, with `{name}` placeholders. One table a language; `en.ts` is the only one so far and its
 * keys are the type, so that a table with a missing sentence does not compile.
 */
import { en } from './en'

export type MessageKey = keyof typeof en
export type Messages = Readonly<Record<MessageKey, string>>

let messages: Messages = en

export function setMessages(next: Messages): void {
  messages = next
}

export function t(key: MessageKey, values: Readonly<Record<string, string | number>> = {}): string {
  return messages[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** What the samples' own files say in English, in the page's language where its table has it. */
export function sampleText(id: string, part: 'title' | 'description' | 'echoes', english: string): string {
  return (messages as Readonly<Record<string, string>>)[`sample.${id}.${part}`] ?? english
}
