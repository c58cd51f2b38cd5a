import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { homePaths } from '../main/common/home.ts'
import { launchChromium, signIn } from '../test/support/chromium.ts'
import { writeLargeRun } from '../test/support/large-run.ts'
import { startServe } from '../test/support/served.ts'
import type { Case, Outcome } from './harness/benchmark.ts'
import { runBenchmark } from './harness/run-benchmark.ts'

type Size = 'pairs' | 'steps'

/** How long a user waits in the window, served to a separate Chromium, on a store as large as a long run leaves behind. */
await runBenchmark<Size>({
  name: 'window',
  title:
    'The window in Chromium, on a run with 10,000 prompts and their pairs and 100,000 optimizer steps, opened for the first time after a start (cold caches).',
  sizes: { pairs: 10_000, steps: 100_000 },
  figures: [
    { key: 'paintSeconds', label: 'first paint, seconds', better: 'lower' },
    { key: 'shownSeconds', label: 'main content visible, seconds', better: 'lower' },
    { key: 'frameMillis', label: 'frame time while scrolling, median ms', better: 'lower' },
    { key: 'slowFrameMillis', label: 'slowest of 20 frames, ms', better: 'lower' },
  ],
  cases: () => [
    place('Runs', () => '/runs', 'table'),
    place('Run page', (id) => `/runs/${id}`, 'path[data-series]'),
    place('Review', (id) => `/review/${id}`, '[data-queue] [data-kind]'),
  ],
})

function place(name: string, path: (id: string) => string, shown: string): Case<Size> {
  const run = async ({ options }: { options: { sizes: Readonly<Record<Size, number>> } }): Promise<Outcome> => {
    const home = mkdtempSync(join(tmpdir(), 'laurel-bench-'))
    const { pairs, steps } = options.sizes
    const id = writeLargeRun(homePaths(home).database, { prompts: pairs, candidates: 4, judgements: 3, steps })
    const served = await startServe(home)
    const browser = await launchChromium()
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
      await signIn(page, served.address) // the one-time token becomes a cookie
      return { figures: await look(page, new URL(path(id), served.address).href, shown), versions: { Chromium: browser.version() } }
    } finally {
      await browser.close()
      await served.end()
      rmSync(home, { recursive: true, force: true })
    }
  }
  return { name, sides: [{ name: 'Laurel', run }] }
}

async function look(page: Page, address: string, shown: string): Promise<Record<string, number>> {
  const begin = performance.now()
  await page.goto(address, { waitUntil: 'commit' })
  await page.locator(shown).first().waitFor()
  const shownSeconds = (performance.now() - begin) / 1000
  const paintSeconds =
    (await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN)) / 1000
  const frames = (await framesWhileScrolling(page)).sort((a, b) => a - b)
  const at = (share: number): number => frames[Math.min(frames.length - 1, Math.floor(share * frames.length))]
  return { paintSeconds, shownSeconds, frameMillis: at(0.5), slowFrameMillis: at(0.95) }
}

/** Milliseconds between frames while scrolling the longest scrollable element. Source text, because it runs in the page and not in this program. */
function framesWhileScrolling(page: Page): Promise<number[]> {
  return page.evaluate(`(async () => {
    const hidden = (element) => element.scrollHeight - element.clientHeight
    const tall = [...document.querySelectorAll('*')].sort((a, b) => hidden(b) - hidden(a))[0]
    const times = []
    let last = performance.now()
    for (let frame = 0; frame < 120; frame++) {
      tall.scrollTop += 400
      await new Promise(requestAnimationFrame)
      const now = performance.now()
      times.push(now - last)
      last = now
    }
    return times
  })()`)
}
