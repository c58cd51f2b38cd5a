import { z } from 'zod'
import { type CheckKinds, checkKind } from './check-kind.ts'

const text = z.string().trim().min(1)

/** How a response starts and ends. White space around it doesn't count. */
export const edgeChecks: CheckKinds = {
  // In any case; a closing quotation mark may follow.
  'startend:end_checker': checkKind({
    args: z.strictObject({ end_phrase: text }),
    describe: ({ end_phrase }) => `The response ends with the phrase "${end_phrase}", and nothing follows it.`,
    isMet: (response, { end_phrase }) =>
      response
        .trim()
        .replace(/^"+|"+$/g, '')
        .toLowerCase()
        .endsWith(end_phrase.toLowerCase()),
  }),
  'startend:quotation': checkKind({
    args: z.strictObject({}),
    describe: () => 'The whole response is in double quotation marks.',
    isMet(response) {
      const text = response.trim()
      return text.length > 1 && text.startsWith('"') && text.endsWith('"')
    },
  }),
  'laurel:starts_with': checkKind({
    args: z.strictObject({ text }),
    describe: ({ text }) => `The response starts with "${text}".`,
    isMet: (response, { text }) => response.trim().startsWith(text),
  }),
  'laurel:ends_with': checkKind({
    args: z.strictObject({ text }),
    describe: ({ text }) => `The response ends with "${text}".`,
    isMet: (response, { text }) => response.trim().endsWith(text),
  }),
}
