/** Class names as the visual-prompting reference code reads them (`main_clip.py`), and templates that they go into. */

/** Lower case, with "_" and "-" as spaces. */
export function cleanClassName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, ' ')
}

/** The template with the cleaned name in place of `{}`. */
export function fillTemplate(template: string, name: string): string {
  return template.replace('{}', () => cleanClassName(name))
}
