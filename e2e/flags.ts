/**
 * Command line of Chromium for WebGPU on its software adapter (SwiftShader), headless, with no GPU in the machine.
 *
 * The Vulkan feature and both `swiftshader` switches belong together: without them the first WebGPU canvas, which tfjs
 * also uses inside, kills the GPU process.
 */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
  // The adapter is for WebGPU: drawing the page on it, too, took as much of the processor as the page itself.
  '--disable-gpu-compositing',
  `--disable-features=${[
    // What each new window of Chromium 156 draws in its address bar, unseen: nearly a second of processor time a test.
    'WebUIOmniboxPopup',
    'WebUIOmniboxAimPopup',
    // This switch replaces Playwright's own; its list, as of 1.6x, without what is for other systems.
    'AvoidUnnecessaryBeforeUnloadCheckSync',
    'DestroyProfileOnBrowserClose',
    'HttpsUpgrades',
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
    'AvoidCorsURLLoaderRestartOnRedirect',
    'OptimizationHints',
    'NetworkTimeServiceQuerying',
    'AimEnabled',
    'PreconnectToSearch',
  ].join()}`,
]
