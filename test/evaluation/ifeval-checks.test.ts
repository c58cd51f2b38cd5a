import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkIds, readyCheck } from '../../main/evaluation/checks/checks.ts'

/** Made with if-verifiable: see test/fixtures/README.md. */
const row = z.tuple([z.string(), z.record(z.string(), z.unknown()), z.string(), z.boolean()])
const rows = readFileSync(new URL('../fixtures/ifeval-checks.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => row.parse(JSON.parse(line)))

const ids = checkIds.filter((id) => !id.startsWith('laurel:'))

/** Where our sentences aren't Punkt's: it ends one after "e.g.", and none at "... (". */
const otherSentences: readonly string[] = [
  '(It was late.)\nWe like tea, e.g. green tea.',
  'Atheism: Atheistic, secular, doubter, irreligious, unbelieving. Dr. J. Smith waits... (It was late.) Dr. J. Smith waits... Stop!',
]

test.each(ids)('%s agrees with the reference', (id) => {
  const own = rows.filter(([other]) => other === id)
  const wrong = own.filter(([, args, response, isMet]) => readyCheck({ id, args }).isMet(response, '') !== isMet)
  expect(own).toHaveLength(26)
  expect(wrong.map(([, , response]) => response)).toEqual(id.endsWith(':number_sentences') ? otherSentences : [])
})

test('every instruction of IFEval has a check, except the language', () => {
  expect(ids).toHaveLength(24)
})
