/** What is wrong with `file` (absolute) importing `source`; null where nothing is. */
export function complaint(root: string, file: string, source: string, typeOnly: boolean): string | null
