/** Commands as sh takes them apart. */
import { execFileSync } from 'node:child_process'

/** Words of a command as sh sees them, without "npm run demo --". */
export function words(command: string): string[] {
  const printed = execFileSync('sh', [
    '-c',
    `npm() { shift 3; for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`,
  ])
  return printed.toString().split('\0').slice(0, -1)
}
