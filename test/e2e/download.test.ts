import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { browser as chromium, needing } from '../support/needs.ts'
import { type OpenLaurel, openServed } from '../support/open-served.ts'
import { type StandInHub, standInHub } from '../support/stand-in-hub.ts'
import { tinyHome } from '../support/tiny-run.ts'

const patient = { timeout: 60_000 }

needing(chromium).describe('downloading a model in the window', () => {
  const { home, remove } = tinyHome()
  let hub: StandInHub
  let laurel: OpenLaurel
  let page: Page

  beforeAll(async () => {
    hub = await standInHub('HuggingFaceTB/SmolLM2-135M-Instruct', {
      'config.json': Buffer.from('{"model_type": "llama"}'),
      'model.safetensors': Buffer.alloc(2_000_000, 1),
    })
    vi.stubEnv('HF_ENDPOINT', hub.endpoint)
    laurel = await openServed(home)
    page = laurel.page
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await laurel?.end()
    await hub.close()
    remove()
  })

  test('leads from a recipe that needs a model to the model in the library, once its license is accepted', async () => {
    await laurel.go('/runs/new')
    await page.getByRole('radio', { name: /^Checkable/ }).check({ force: true })
    await page.getByRole('link', { name: 'Download it from Hugging Face' }).click()
    const dialog = page.getByRole('dialog', { name: 'Download a model from Hugging Face' })
    await dialog.getByText('2 files, 2.0 MB').waitFor(patient)
    expect(hub.asked.every(({ path }) => path.startsWith('/api/'))).toBe(true)
    const download = dialog.getByRole('button', { name: 'Download' })
    expect(await download.isDisabled()).toBe(true)
    await dialog.getByRole('checkbox', { name: /I accept its license: apache-2.0/ }).check()
    await download.click()
    await page
      .getByRole('list', { name: 'Downloads' })
      .getByText(/^complete: .*HuggingFaceTB--SmolLM2-135M-Instruct$/)
      .waitFor(patient)
    await page.getByRole('row', { name: /SmolLM2-135M-Instruct/ }).waitFor(patient)
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.getByRole('list', { name: 'Downloads' }).waitFor({ ...patient, state: 'detached' })
  })

  test('a name that the Hub doesn’t know is an error in the dialog', async () => {
    await page.getByRole('button', { name: 'Download' }).click()
    const dialog = page.getByRole('dialog', { name: 'Download a model from Hugging Face' })
    await dialog.getByLabel('Model').fill('someone/nothing')
    await dialog.getByRole('button', { name: 'Look up' }).click()
    await dialog.getByText('Check the spelling of OWNER/NAME').waitFor(patient)
    expect(laurel.complaints).toEqual([])
  })
})
