/** What people read of the models that come with the program. */

const TITLES: Readonly<Record<string, string>> = { stamp: 'Stamp' }

/** The title of a model by the name of its folder; a model from elsewhere is called what its folder is called. */
export const modelTitle = (name: string): string => TITLES[name] ?? name
