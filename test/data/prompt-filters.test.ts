import { describe, expect, test } from 'vitest'
import { importFile } from '../../main/data/import-file.ts'
import { demonstrationsOf } from '../../main/data/imported.ts'
import { type PromptFilters, promptFilter, type SimilarityIndex } from '../../main/data/prompt-filters.ts'
import { rougeIndex } from '../../main/evaluation/rouge-l.ts'
import { promptsRecipe } from '../../main/shared/recipe.ts'
import { needing, referenceNumbers } from '../support/needs.ts'
import { sharedFile } from '../support/shared.ts'

const defaults: PromptFilters = promptsRecipe.parse({}).filters
const split = new Map<string, string[]>()
function words(text: string): string[] {
  const known = split.get(text) ?? text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  split.set(text, known)
  return known
}

/** ROUGE-L F1 by the textbook recurrence, so that these tests depend on no other code. */
function rougeL(a: string, b: string): number {
  const [left, right] = [words(a), words(b)]
  let row = new Array<number>(right.length + 1).fill(0)
  for (const word of left) {
    const next = [0]
    for (const [j, other] of right.entries()) next.push(word === other ? row[j] + 1 : Math.max(row[j + 1], next[j]))
    row = next
  }
  return left.length + right.length === 0 ? 0 : (2 * row[right.length]) / (left.length + right.length)
}

/** A brute-force similarity index for the filter. */
function exhaustive(): SimilarityIndex {
  const texts: string[] = []
  return {
    add: (text) => void texts.push(text),
    nearest(text) {
      const scores = texts.map((other) => rougeL(text, other))
      const score = Math.max(0, ...scores)
      return score === 0 ? null : { index: scores.indexOf(score), score }
    },
  }
}

const verdict = (prompt: string, filters: Partial<PromptFilters> = {}, seeds: string[] = []) =>
  promptFilter({ ...defaults, ...filters }, exhaustive(), seeds).offer(prompt)
const reason = (...args: Parameters<typeof verdict>) => {
  const given = verdict(...args)
  return given.accepted ? 'accepted' : `${given.reason}: ${given.detail}`
}

describe('limits on the prompt itself', () => {
  test('words are separated by whitespace, and both limits are inclusive', () => {
    expect(reason('Name three rivers')).toBe('too-few-words: 3 words')
    expect(reason('Name four  large\nrivers')).toBe('accepted')
    expect(reason('word '.repeat(150))).toBe('accepted')
    expect(reason('word '.repeat(151))).toBe('too-many-words: 151 words')
    expect(reason(' \n')).toBe('empty: no text')
  })

  test('characters are counted as code points', () => {
    expect(reason('Say hi to \u{1f600}', { min_characters: 12 })).toBe('too-short: 11 characters')
    expect(reason('Say hi to \u{1f600}', { max_characters: 11 })).toBe('accepted')
    expect(reason('Say hi to \u{1f600}', { max_characters: 10 })).toBe('too-long: 11 characters')
  })

  test('keywords match whole words, case-insensitively', () => {
    expect(reason('Describe the Image shown here')).toBe('keyword: image')
    expect(reason('Please list all maps, then')).toBe('keyword: maps')
    expect(reason('When shall we go\n to bed')).toBe('keyword: go to')
    expect(reason('Use your imagination and profile')).toBe('accepted')
    expect(reason('Describe the mapping of genes')).toBe('accepted')
    expect(reason('Wo liegt das Mapp\u00e9 map\u00e9 genau')).toBe('accepted')
  })

  test('a keyword can contain regular expression characters', () => {
    expect(reason('Write an e-mail in C++ now', { keywords: ['C++'] })).toBe('keyword: C++')
    expect(reason('Write an e-mail to me', { keywords: ['e-mail'] })).toBe('keyword: e-mail')
  })

  test('forbidden starts match only at the start, as whole words', () => {
    expect(reason('write a  program that adds numbers')).toBe('forbidden-start: Write a program')
    expect(reason('Write a programme for the concert')).toBe('accepted')
    expect(reason('How do I write a program?')).toBe('accepted')
  })

  test('a prompt that starts with punctuation or a non-ASCII character is dropped unless allowed', () => {
    for (const start of ['"', '-', '(', '_', '`', '~', '@', '\u00c9', '\u4f60', '\u{1f600}']) {
      expect(reason(`${start}tell me about rivers`)).toBe(`not-plain-start: ${start}`)
      expect(reason(`${start}tell me about rivers`, { plain_start: false })).toBe('accepted')
    }
    expect(reason('3 rivers in large countries')).toBe('accepted')
  })
})

describe('similarity to known prompts', () => {
  const seed = 'Name three long rivers of Europe'

  test('the same words are a duplicate, even with the comparison off', () => {
    expect(reason('Name three  long rivers of Europe ', {}, [seed])).toBe('duplicate: already known')
    expect(reason(seed, { max_rouge_l: 1 }, [seed])).toBe('duplicate: already known')
    expect(reason('name three long rivers of Europe', { max_rouge_l: 1 }, [seed])).toBe('accepted')
  })

  test('a prompt above the limit is dropped, with the nearest prompt and its score', () => {
    expect(verdict('Name four long rivers of Europe', {}, ['Say something else', seed])).toEqual({
      accepted: false,
      reason: 'too-similar',
      detail: 'ROUGE-L 0.833',
      nearest: { prompt: seed, rougeL: 10 / 12 },
    })
  })

  test('a prompt at the limit is accepted, with the nearest prompt as provenance', () => {
    expect(verdict('Name four long rivers of Europe', { max_rouge_l: 10 / 12 }, [seed])).toEqual({
      accepted: true,
      nearest: { prompt: seed, rougeL: 10 / 12 },
    })
    expect(verdict('Name four long rivers of Europe')).toEqual({ accepted: true, nearest: null })
  })

  test("accepted prompts become known, rejected ones don't", () => {
    const filter = promptFilter(defaults, exhaustive(), [])
    expect(filter.offer('Name three long rivers of Europe').accepted).toBe(true)
    expect(filter.offer('Describe an image of a cat').accepted).toBe(false)
    expect(filter.offer('Name four long rivers of Europe')).toMatchObject({ reason: 'too-similar' })
    expect(filter.offer('Describe the idea of a cat').accepted).toBe(true)
  })
})

needing(referenceNumbers).describe('prompts generated by a model', () => {
  const read = async (name: string) => (await importFile(sharedFile(`data/${name}`))).prompts

  const seedTasks = async () => demonstrationsOf(await importFile(sharedFile('data/self-instruct-seed-tasks.jsonl')))

  test('duplicates are found, even across files', async () => {
    const filter = promptFilter({ ...defaults, max_rouge_l: 1, keywords: [], starts: [], plain_start: false }, rougeIndex(), [])
    for (const prompt of await read('generated-prompts-unique.jsonl')) expect(filter.offer(prompt).accepted).toBe(true)
    const again = (await read('generated-prompts-duplicates.jsonl')).map((prompt) => filter.offer(prompt))
    expect(again.filter((given) => !given.accepted && given.reason === 'duplicate')).toHaveLength(153)
  })

  test('the filters keep and drop as many prompts as another implementation', async () => {
    const filter = promptFilter(defaults, rougeIndex(), await seedTasks())
    const counts: Record<string, number> = {}
    for (const prompt of await read('generated-prompts-unique.jsonl')) {
      const given = filter.offer(prompt)
      const name = given.accepted ? 'accepted' : given.reason
      counts[name] = (counts[name] ?? 0) + 1
    }
    expect(counts).toEqual({ accepted: 612, 'too-similar': 370, keyword: 15, 'forbidden-start': 2, 'not-plain-start': 1 })
  })

  test('no accepted prompt exceeds the similarity limit with a seed or another accepted prompt', async () => {
    const seeds = await seedTasks()
    const filter = promptFilter(defaults, rougeIndex(), seeds)
    const offered = (await read('generated-prompts-unique.jsonl')).slice(0, 150)
    const verdicts = offered.map((prompt) => filter.offer(prompt))
    const accepted = offered.filter((_, i) => verdicts[i].accepted)
    const known = [...seeds, ...accepted]
    for (const [i, a] of accepted.entries()) {
      for (const b of known.slice(0, seeds.length + i)) expect(rougeL(a, b)).toBeLessThanOrEqual(defaults.max_rouge_l)
    }
    for (const given of verdicts) {
      if (!given.accepted && given.reason === 'too-similar') expect(known).toContain(given.nearest?.prompt)
    }
    expect(accepted.length).toBeGreaterThan(0)
    expect(accepted.length).toBeLessThan(150)
  })
})
