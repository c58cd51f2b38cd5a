import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { complaintsOf } from './chromium.ts'
import type { OpenLaurel } from './open-served.ts'

/** For busy machines. */
export const patient = { timeout: 60_000 }

/** The prompt whose pair is shown. */
export const at = (page: Page): number => Number(new URL(page.url()).searchParams.get('at'))

/** Waits until the next pair has loaded; until then, keys do nothing. */
export async function leave(page: Page, promptId: number): Promise<void> {
  await expect.poll(() => at(page), patient).not.toBe(promptId)
  await canDecide(page)
}

const canDecide = (page: Page): Promise<void> => page.locator('[data-action="left"]:enabled').waitFor()

/** Windows of Review, with the cookie of a served Laurel's page, which is closed. */
export async function reviewPages({ page: first }: OpenLaurel) {
  const context = first.context()
  const { origin } = new URL(first.url())
  await first.close()
  return {
    async open(address: string): Promise<{ page: Page; complaints: string[] }> {
      const page = await context.newPage()
      const complaints = complaintsOf(page)
      await page.goto(origin + address)
      await page.getByRole('toolbar', { name: 'Actions for this pair' }).waitFor()
      await canDecide(page)
      return { page, complaints }
    },
  }
}
export type ReviewPages = Awaited<ReturnType<typeof reviewPages>>
