/**
 * npm run pictures: walks through the built page in a Chromium, as a person would, and takes pictures of it.
 *
 *   npm run pictures                  the pictures of the README, on the samples, into docs/images
 *   npm run pictures -- my-folder     the whole way on a folder of one's own: opened, learned on, the tab closed and the
 *                                     browser killed on the way, gone on with, measured, looked at, exported; how long
 *                                     each wait was is printed, and pictures lie in test-results/walk
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { openBrowser } from './browser'
import { readmePictures } from './readme'
import { walk } from './walk'

const [folder] = process.argv.slice(2)
if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error(`There is no folder ${folder}. Name one that holds a folder of pictures per class, or none at all.`)
  process.exit(2)
}
const browser = await openBrowser()
try {
  if (folder === undefined) await readmePictures(browser)
  else await walk(browser, resolve(folder))
} finally {
  await browser.end()
}
