import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { homePaths } from '../../main/common/home.ts'
import { openStore } from '../../main/store/store.ts'
import { seriousFindings } from '../support/accessibility.ts'
import { type DemoHome, demoHome } from '../support/demo-home.ts'
import { browser, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'

needing(browser).describe('models and their evaluation, in a browser', () => {
  let demo: DemoHome
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    demo = demoHome()
    laurel = await openServed(demo.home)
    page = laurel.page
    await page.getByRole('navigation', { name: 'Places' }).waitFor()
  })
  afterAll(async () => {
    await laurel?.end()
    demo?.remove()
  })

  const openPlace = (name: string) => page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name, exact: true }).click()
  const openView = (name: string) =>
    page
      .getByRole('navigation', { name: /views$/ })
      .getByRole('link', { name, exact: true })
      .click()

  test('the library shows a run’s models and a model’s actions', async () => {
    await openPlace('Models')
    const row = page.getByRole('row', { name: /M3/ })
    await row.waitFor()
    await expect.poll(() => row.textContent()).toContain('383 pairs of M2')
    await page.getByRole('button', { name: 'M3', exact: true }).click()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText(/Complete and readable: 804,992 parameters/).waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a run leads to an evaluation of its newest model', async () => {
    await laurel.go(`/runs/${demo.runId}`)
    await page.getByRole('button', { name: 'Actions for tiny demo' }).click()
    await page.getByRole('menuitem', { name: 'Evaluate its newest model' }).click()
    const form = page.getByRole('dialog', { name: 'New evaluation' })
    await expect.poll(() => form.getByLabel('Model', { exact: true }).first().inputValue()).toBe('M3 of tiny demo')
    await page.keyboard.press('Escape')
    await form.waitFor({ state: 'detached' })
    await openPlace('Models')
  })

  test('arrow keys move through the lineage of a run', async () => {
    await openView('Lineage')
    const last = page.getByRole('radio', { name: /^M3/ })
    await last.focus()
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.getByRole('radio', { name: /^M2/ }).getAttribute('aria-checked')).toBe('true')
    await page.getByText('461 pairs of M1').last().waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('all models of a run answer the same message side by side, and again with another seed', async () => {
    await openView('Chat')
    await page.getByRole('button', { name: 'All of tiny demo' }).click()
    await page.getByLabel('Message to all models').fill('Pet: first t, last s, has oo, no i, 7 long')
    await page.keyboard.press('Enter')
    const columns = page.getByRole('region', { name: /^M[0-3] of tiny demo$/ })
    await page
      .getByText(/tokens in .* seed 1/)
      .nth(3)
      .waitFor()
    await expect.poll(() => columns.count()).toBe(4)
    for (const column of await columns.all()) expect(await column.textContent()).toContain('Pet: first t')
    await page.getByRole('button', { name: 'Another seed' }).click()
    await page
      .getByText(/tokens in .* seed 2/)
      .nth(3)
      .waitFor()
    await expect.poll(() => page.getByText(/seed 1$/).count()).toBe(0)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a chat is kept: it is reopened, renamed, and removed, and its better answer becomes a pair in a data set', async () => {
    const chats = page.getByRole('navigation', { name: 'Chats' })
    await chats.getByRole('button', { name: /^Pet: first t/ }).waitFor()
    const store = openStore(homePaths(demo.home).database)
    const answer = (content: string) => ({
      ...{ role: 'assistant' as const, content, state: 'done' as const, seed: 1, tokens: 2, seconds: 0.5, finishReason: 'stop' as const },
      ...{ continuesWith: null, preference: null },
    })
    const id = store.chats.add({
      system: 'Be brief.',
      sampling: { temperature: 0.7, topP: 0.9, maxTokens: 64, seed: 1 },
      columns: ['M1', 'M2'].map((name) => ({
        ...{ id: `${demo.runId}/${name}`, name, label: `${name} of tiny demo`, hasChatTemplate: true },
        turns: [{ role: 'user', content: 'Which word?' }, answer(`a word of ${name}`)],
      })),
    })
    store.close()
    await page.reload()
    await chats
      .getByRole('button', { name: /^Which word/ })
      .first()
      .click()
    await page.waitForURL(new RegExp(`chat=${id}$`))
    await expect.poll(() => page.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe('Be brief.')
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('region', { name: 'M2 of tiny demo' }).getByRole('button', { name: 'Prefer this answer' }).click()
    await page.getByText('Not preferred. The conversation continues from the other answer.').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Actions for Which word?' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Words')
    await page.keyboard.press('Enter')
    await chats
      .getByRole('button', { name: /^Words/ })
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Actions for Words' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await chats
      .getByRole('button', { name: /^Words/ })
      .first()
      .waitFor({ state: 'hidden' })
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await chats
      .getByRole('button', { name: /^Words/ })
      .first()
      .click()
    await page.getByRole('link', { name: 'Preferences from chats' }).click()
    await page.getByRole('button', { name: /Which word/ }).waitFor()
    await page.getByText('a word of M2').first().waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('three arena rounds are voted on by keyboard; names appear after the vote, and the standings update', async () => {
    await openPlace('Evaluate')
    await page.getByRole('button', { name: 'All of tiny demo' }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    for (const [round, key] of ['1', '2', 'x'].entries()) {
      if (round > 0) await page.keyboard.press('Enter')
      const answer = page.getByRole('article', { name: 'Answer A' })
      await page.getByRole('button', { name: /A is better/ }).waitFor()
      expect(await answer.textContent()).not.toMatch(/tiny demo/)
      await page.keyboard.press(key)
      await page.getByRole('button', { name: /Undo/ }).waitFor()
      await expect.poll(() => answer.textContent()).toMatch(/of tiny demo/)
      await page.getByText(round === 0 ? '1 vote' : `${round + 1} votes`).waitFor()
    }
    expect(await seriousFindings(page)).toEqual([])
    const store = openStore(homePaths(demo.home).database)
    expect(store.arena.list().map(({ vote }) => vote)).toEqual(['A', 'B', 'both-bad'])
    store.close()
  })

  test('a pair that waits for a vote reappears after a reload', async () => {
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /A is better/ }).waitFor()
    const text = await page.getByRole('article', { name: 'Answer B' }).textContent()
    await page.reload()
    await page.getByRole('button', { name: 'All of tiny demo' }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('button', { name: /A is better/ }).waitFor()
    await expect.poll(() => page.getByRole('article', { name: 'Answer B' }).textContent()).toBe(text)
  })

  test('a comparison is started, finishes, and appears among the results of runs', async () => {
    await openView('Evaluations')
    await page.getByRole('button', { name: 'New evaluation' }).click()
    for (const [label, name] of [
      ['Model', 'M3 of tiny demo'],
      ['Against', 'M1 of tiny demo'],
    ]) {
      await page.getByRole('combobox', { name: label, exact: true }).click()
      await page.getByRole('option', { name }).click()
    }
    await page.getByRole('textbox', { name: 'Maximum prompts' }).fill('3')
    expect(await seriousFindings(page)).toEqual([])
    await page.getByRole('button', { name: 'Start' }).click()
    const evaluation = page.getByRole('listitem', { name: 'Head to head: M3 of tiny demo v M1 of tiny demo' })
    await evaluation.getByText('finished').waitFor()
    await openView('Results')
    await page
      .getByText(/^manual, /)
      .first()
      .waitFor()
    await expect.poll(() => page.getByRole('row', { name: /Head to head/ }).count()).toBe(4)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a bookmark of the former address of evaluations still opens them', async () => {
    await page.goto(new URL('/evaluate/suites', page.url()).href)
    await page.waitForURL(/\/evaluate\/evaluations$/)
    await page.getByRole('button', { name: 'New evaluation' }).waitFor()
  })

  test('the page reports no errors', () => {
    expect(laurel.complaints).toEqual([])
  })
})
