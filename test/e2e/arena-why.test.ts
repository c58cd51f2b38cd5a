import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { openStore, type Store } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { complaintsOf } from '../support/chromium.ts'
import { type DemoHome, demoHome } from '../support/demo-home.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { patient } from '../support/review-pages.ts'

needing(browser).describe('why a user votes so in the arena', () => {
  let demo: DemoHome
  let store: Store
  let laurel: OpenLaurel
  let page: Page
  let complaints: string[]
  let roundId: number

  beforeAll(async () => {
    demo = demoHome()
    store = openStore(homePaths(demo.home).database)
    const models = { modelA: `${demo.runId}/M2`, modelB: `${demo.runId}/M3`, labelA: 'M2 of tiny demo', labelB: 'M3 of tiny demo' }
    roundId = store.arena.add({ ...models, prompt: 'Name a river.', source: 'typed', textA: 'The Nile.', textB: 'The Oder, perhaps.' })
    laurel = await openServed(demo.home)
    page = laurel.page
    complaints = complaintsOf(page)
    await page.getByRole('navigation', { name: 'Places' }).waitFor()
  })
  afterAll(async () => {
    await laurel?.end()
    store?.close()
    demo?.remove()
  })

  const round = () => store.arena.find(roundId)
  const chip = (name: string, pressed: boolean) => page.getByRole('button', { name, pressed, exact: true }).waitFor()

  /** Shows the pair that waits for a vote. */
  async function start(): Promise<void> {
    await page.goto(new URL('/evaluate', page.url()).href)
    await page.getByRole('button', { name: 'All of tiny demo' }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    await page.locator('[data-action="vote-a"]:enabled').waitFor()
  }

  test('reasons take one key each, before or after the vote, and are counted with it', async () => {
    await start()
    await page.keyboard.press('3')
    await page.keyboard.press('8')
    await page.keyboard.press('w')
    await page.getByRole('textbox', { name: 'Why you vote so' }).waitFor()
    await page.keyboard.type('It is sure, in 2 words.')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Why, saved with your vote: It is sure, in 2 words.').waitFor()
    await start() // after a reload
    await chip('Correctness', true)
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('1')
    await page.getByText(/You preferred M2 of tiny demo/).waitFor()
    expect(round()).toMatchObject({ vote: 'A', reasons: ['correctness', 'length'], comment: 'It is sure, in 2 words.', isOpen: false })
    await page.getByText('Why: correctness 1, length 1').waitFor()

    await page.keyboard.press('6')
    await page.keyboard.press('8')
    await expect.poll(() => round().reasons, patient).toEqual(['correctness', 'clarity'])
    await page.getByText('Why: correctness 1, clarity 1').waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a withdrawn vote has none, and the next vote on the pair has them again', async () => {
    await page.keyboard.press('u')
    await page.locator('[data-action="vote-b"]:enabled').waitFor()
    expect(round()).toMatchObject({ vote: null, reasons: [], comment: '' })
    await chip('Clarity', true)
    await page.keyboard.press('2')
    await page.getByText(/You preferred M3 of tiny demo/).waitFor()
    expect(round()).toMatchObject({ vote: 'B', reasons: ['correctness', 'clarity'], isOpen: true })
  })

  test('they are counted in the standings and exported with each vote', async () => {
    await page.setViewportSize({ width: 390, height: 844 }) // where the tables scroll
    expect(await seriousFindings(page)).toEqual([])
    await page.goto(new URL('/evaluate/standings', page.url()).href)
    await page.getByText('Why: correctness 1, clarity 1').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    const downloading = page.waitForEvent('download')
    await page.keyboard.press('d')
    const file = readFileSync(await (await downloading).path(), 'utf8')
    expect(file.split('\r\n').slice(0, 2)).toEqual([
      'round,model_a,model_b,vote,preferred,reasons,comment,blind,seconds,prompt,source,answer_a,answer_b,at',
      expect.stringMatching(
        /^\d+,M2 of tiny demo,M3 of tiny demo,B,M3 of tiny demo,"correctness, clarity","It is sure, in 2 words\.",no,[\d.]+,Name a river\.,typed,The Nile\.,"The Oder, perhaps\.",2/,
      ),
    ])
    expect(complaints).toEqual([])
  })
})
