import { z } from 'zod'
import type { CheckKind } from './check-kind.ts'

const words = z.array(z.string().min(1)).min(1)

const list = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join(', ')

/** `keywords:existence`: every keyword occurs, in any case, also inside a word. */
export const keywordsExist: CheckKind<{ keywords: string[] }> = {
  args: z.strictObject({ keywords: words }),
  describe: ({ keywords }) => `The response contains ${keywords.length === 1 ? 'the word' : 'the words'} ${list(keywords)}.`,
  isMet: (response, { keywords }) => keywords.every((keyword) => response.toLowerCase().includes(keyword.toLowerCase())),
}
