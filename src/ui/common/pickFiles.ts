/** The browser's file dialogue, opened by a press of a button or of a key. */

export interface Picking {
  readonly folder?: boolean
  readonly several?: boolean
  /** Extensions with their dot, and types. */
  readonly accept?: readonly string[]
}

/** Held, or the browser might collect it while the dialogue is open. */
let asking: HTMLInputElement | null = null

/** Nothing is called where the dialogue is left without a choice. */
export function pickFiles(take: (files: FileList) => void, { folder = false, several = false, accept }: Picking): void {
  const input = document.createElement('input')
  asking = input
  input.type = 'file'
  input.multiple = several
  input.webkitdirectory = folder
  if (accept) input.accept = accept.join(',')
  input.addEventListener('change', () => {
    if (asking === input) asking = null
    if (input.files && input.files.length > 0) take(input.files)
  })
  input.click()
}
