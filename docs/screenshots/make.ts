import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium, signIn } from '../../test/support/chromium.ts'
import { chromiumPath } from '../../test/support/chromium-path.ts'
import { startServe } from '../../test/support/served.ts'
import { type DemoRuns, makeDemoData } from './demo-data.ts'
import { type Scene, scenes } from './scenes.ts'

/**
 * The screenshots of docs and README: every screen with real demo data, in light and dark mode.
 *
 *     laurel screenshots [--home FOLDER] [--out FOLDER] [--only NAME,NAME]
 *
 * --home keeps the data in FOLDER, so that retaking screenshots takes seconds.
 */
const { values } = parseArgs({ options: { home: { type: 'string' }, out: { type: 'string' }, only: { type: 'string' } } })
const out = values.out ?? import.meta.dirname
const isWanted = (name: string): boolean => values.only === undefined || values.only.split(',').includes(name)
const schemes = ['light', 'dark'] as const

async function contextFor(browser: Browser, address: string): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await signIn(page, address)
  await page.getByRole('navigation', { name: 'Places' }).waitFor()
  await page.close()
  return context
}

/** Screenshots of a page in both color schemes, once nothing is loading. */
async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme })
    await page.mouse.move(88, 600) // not over any control
    await settled(page)
    await page.screenshot({ path: join(out, `${name}-${colorScheme}.png`), animations: 'disabled', caret: 'hide' })
  }
}

async function settled(page: Page): Promise<void> {
  await page.evaluate('document.fonts.ready')
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'hidden' })
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

async function takeScene(context: BrowserContext, origin: string, { name, path, prepare }: Scene, runs: DemoRuns): Promise<void> {
  const page = await context.newPage()
  try {
    await page.goto(new URL(path(runs), origin).href)
    await page.waitForLoadState('networkidle')
    await prepare?.(page, runs)
    await take(page, name)
  } finally {
    await page.close()
  }
}

/** The first start: an empty data folder, and the tour. */
async function takeFirstStart(browser: Browser): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'laurel-first-'))
  const served = await startServe(home)
  try {
    const context = await contextFor(browser, served.address)
    const page = await context.newPage()
    await page.goto(new URL('/runs', served.address).href)
    await page.getByRole('button', { name: 'Run the demo' }).waitFor()
    await take(page, 'first-start')
    await page.getByRole('button', { name: 'Take the tour' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Next' }).click()
    await take(page, 'tour')
    await context.close()
  } finally {
    await served.end()
    rmSync(home, { recursive: true, force: true })
  }
}

/** A live run that has started on its second model. */
async function takeLive(context: BrowserContext, origin: string, { live }: DemoRuns): Promise<void> {
  const page = await context.newPage()
  await page.goto(new URL(`/runs/${live}`, origin).href)
  await page.getByRole('button', { name: /^(Start|Resume)$/ }).click()
  await page.getByText('M1 v M0').first().waitFor({ timeout: 300_000 })
  await page
    .getByText(/^M2 is (writing|answering|judging)/)
    .first()
    .waitFor({ timeout: 300_000 })
  await take(page, 'run-live')
  await page.close()
}

if (chromiumPath === undefined) process.exit(1)
const home = values.home ?? mkdtempSync(join(tmpdir(), 'laurel-pictures-'))
const runs = await makeDemoData(home)
const browser = await launchChromium()
try {
  if (isWanted('first-start')) await takeFirstStart(browser)
  const served = await startServe(home)
  try {
    const context = await contextFor(browser, served.address)
    context.setDefaultTimeout(20_000)
    for (const scene of scenes.filter(({ name }) => isWanted(name))) {
      process.stderr.write(`${scene.name}\n`)
      await takeScene(context, served.address, scene, runs)
    }
    if (isWanted('run-live')) await takeLive(context, served.address, runs)
  } finally {
    await served.end()
  }
} finally {
  await browser.close()
  if (values.home === undefined) rmSync(home, { recursive: true, force: true })
}
