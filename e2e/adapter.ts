/** Before any browser test: the browser starts and has a WebGPU adapter, or the whole run fails and says what to do. */
import { chromium, type FullConfig } from '@playwright/test'

export default async function requireAdapter(config: FullConfig): Promise<void> {
  const { baseURL, launchOptions } = config.projects[0]!.use
  const browser = await chromium.launch(launchOptions)
  try {
    const page = await browser.newPage()
    await page.goto(baseURL!)
    const adapter = await page.evaluate(async () => {
      const found = await navigator.gpu.requestAdapter()
      return found && `${found.info.vendor} ${found.info.architecture}`
    })
    if (adapter === null) {
      throw new Error(
        `${browser.version()} at ${launchOptions?.executablePath ?? "Playwright's own place"} gives no WebGPU adapter.\n` +
          'The browser tests need one, and a software adapter will do: update Chromium (it must bring ' +
          'libvk_swiftshader.so), or name another one with CHROMIUM_PATH.',
      )
    }
    console.log(`Chromium ${browser.version()}, WebGPU adapter: ${adapter}`)
  } finally {
    await browser.close()
  }
}
