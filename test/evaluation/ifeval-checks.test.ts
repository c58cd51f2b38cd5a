import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkIds, readyCheck } from '../../main/evaluation/checks/checks.ts'

/** The rows of a file made with if-verifiable: see test/fixtures/README.md. */
const rowsOf = <Row>(file: string, row: z.ZodType<Row>): Row[] =>
  readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => row.parse(JSON.parse(line)))

const rows = rowsOf('ifeval-checks.jsonl', z.tuple([z.string(), z.record(z.string(), z.unknown()), z.string(), z.boolean()]))

const language = 'language:response_language'
const ids = checkIds.filter((id) => !id.startsWith('laurel:') && id !== language)

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

/** What franc and langdetect see differently: three short sentences, and code and a table. */
const otherLanguages: readonly string[] = [
  'Hoy hace muy buen tiempo.',
  'Сегодня прекрасная погода.',
  'Сьогодні чудова погода.',
  'SELECT d.name, d.budget FROM instructor i JOIN department d ON i.dept_name',
  'var newDate = new Date();',
  'Country | Continent | Population',
]

test('the language of a response agrees with the reference for whole texts in all thirty languages', () => {
  const answered = rowsOf('response-languages.jsonl', z.tuple([z.string(), z.string(), z.boolean()]))
  const wrong = answered.filter(
    ([asked, response, isMet]) => readyCheck({ id: language, args: { language: asked } }).isMet(response, '') !== isMet,
  )
  expect(answered).toHaveLength(162)
  expect(new Set(answered.map(([asked]) => asked)).size).toBe(30)
  expect(wrong.map(([, response]) => otherLanguages.find((start) => response.startsWith(start)) ?? response)).toEqual(otherLanguages)
})

test('a language that IFEval doesn’t ask for is refused by name', () => {
  expect(() => readyCheck({ id: language, args: { language: 'xx' } })).toThrow(/language:response_language aren't valid: language/)
  expect(readyCheck({ id: language, args: { language: 'de' } }).text).toBe('The whole response is in German.')
})

test('every instruction of IFEval has a check', () => {
  expect(ids).toHaveLength(24)
})
