import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  excludes,
  familiesNamed,
  type GrammarPrompt,
  grammarPrompt,
  grammarPrompts,
  taskFiles,
  taskOf,
  withRequirements,
} from '../../main/data/grammar-prompts.ts'
import { promptKey } from '../../main/data/imported.ts'
import { exclusions, requirementFamilies, taskExclusions } from '../../main/data/requirement-families.ts'
import { checkIds, readyCheck } from '../../main/evaluation/checks/checks.ts'

const tasksIn = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { prompt: string }).prompt)
const tasks = tasksIn(taskFiles.own)
const all = { families: familiesNamed(), min: 1, max: 3 }

type Args = Readonly<Record<string, unknown>>

/** Words to fill a response with; each letter is missing in one of them. */
const fillers = ['sky', 'rug', 'hat', 'box', 'tide', 'nut', 'crumb', 'wool']

/** A response that meets a prompt's requirements, put together from their arguments alone. */
function responseTo({ requirements }: GrammarPrompt): string {
  const argsOf = (id: string): Args | undefined => requirements.find(({ check }) => check?.id === id)?.check?.args
  const wordLimit = argsOf('length_constraints:number_words') as { num_words: number; relation: string } | undefined
  const banned = [argsOf('keywords:forbidden_words')?.forbidden_words, argsOf('laurel:no_letter')?.letter].flat()
  const filler = fillers.find((word) => !banned.some((text) => typeof text === 'string' && word.includes(text)))!
  const keywords = (argsOf('keywords:existence')?.keywords ?? []) as string[]
  const body = [filler, ...keywords]
  const keys = argsOf('laurel:json_keys')?.keys as string[] | undefined
  if (keys !== undefined) return JSON.stringify(Object.fromEntries(keys.map((key) => [key, body.join(' ')])))
  const placeholders = (argsOf('detectable_content:number_placeholders')?.num_placeholders ?? 0) as number
  const highlights = (argsOf('detectable_format:number_highlighted_sections')?.num_highlights ?? 0) as number
  body.push(...Array<string>(placeholders).fill(`[${filler}]`), ...Array<string>(highlights).fill(`*${filler}*`))
  if (wordLimit?.relation === 'at least') body.push(...Array<string>(wordLimit.num_words).fill(filler))
  const sentences = (argsOf('laurel:sentences')?.min ?? 1) as number
  const bullets = (argsOf('detectable_format:number_bullet_lists')?.num_bullets ?? 0) as number
  const text = `${body.join(' ')}.${` ${filler}.`.repeat(sentences - 1)}`
  const list = [text, ...Array<string>(Math.max(0, bullets - 1)).fill(filler)].map((point) => `* ${point}`)
  const lines = [
    argsOf('laurel:starts_with')?.text,
    argsOf('detectable_format:title') && `<<${filler}>>`,
    ...(bullets > 0 ? list : [text]),
    argsOf('detectable_content:postscript') && `P.S. ${filler}`,
    argsOf('startend:end_checker')?.end_phrase,
  ]
  const whole = lines.filter((line) => line !== undefined).join('\n')
  const quoted = argsOf('startend:quotation') ? `"${whole}"` : whole
  return argsOf('change_case:english_capital') ? quoted.toUpperCase() : quoted
}

describe('a prompt of the grammar', () => {
  it('has requirements that one response can meet all of, whatever the seed', () => {
    const failures = Array.from({ length: 4000 }, (_, k) => grammarPrompt(all, tasks, 11, k)).flatMap((prompt) => {
      const response = responseTo(prompt)
      const unmet = prompt.requirements.filter(({ check }) => !readyCheck(check!).isMet(response, prompt.text))
      return unmet.length === 0 ? [] : [{ prompt: prompt.text, response, unmet: unmet.map(({ text }) => text) }]
    })
    expect(failures).toEqual([])
  })

  it('has one to three requirements of different families, which neither exclude each other nor the task', () => {
    const texts = new Set<string>()
    for (let k = 0; k < 2000; k++) {
      const { task, text, requirements } = grammarPrompt(all, tasks, 3, k)
      texts.add(text)
      expect(requirements.length).toBeGreaterThanOrEqual(1)
      expect(requirements.length).toBeLessThanOrEqual(3)
      const ids = requirements.map(({ check }) => check!.id)
      expect(new Set(ids).size).toBe(ids.length)
      if (/poem/.test(task)) expect(ids).not.toContain('laurel:sentences')
      expect(taskOf(text)).toBe(task)
    }
    expect(texts.size).toBeGreaterThan(1900)
  })

  it('is the same for the same seed and number, in any order', () => {
    const forwards = [0, 1, 2, 3].map((k) => grammarPrompt(all, tasks, 5, k))
    expect([3, 2, 1, 0].map((k) => grammarPrompt(all, tasks, 5, k)).toReversed()).toEqual(forwards)
    expect(grammarPrompt(all, tasks, 6, 0)).not.toEqual(forwards[0])
  })

  it('says in its requirements what its checks say', () => {
    const { text, requirements } = withRequirements({ families: familiesNamed(['no-commas']), min: 1, max: 1 }, 'Describe rain.', 1)
    expect(requirements).toEqual([
      { text: "The response doesn't contain a comma.", weight: 1, check: { id: 'punctuation:no_comma', args: {} } },
    ])
    expect(text).toMatch(/^Describe rain\.\n.*commas?/)
  })

  it('doesn’t ask for a word that the task has already', () => {
    const grammar = { families: familiesNamed(['word']), min: 1, max: 1 }
    for (let seed = 0; seed < 300; seed++) {
      const [{ check }] = withRequirements(grammar, 'Write about a lake, a river, and a candle.', seed).requirements
      expect(['lake', 'river', 'candle']).not.toContain((check!.args.keywords as string[])[0])
    }
  })

  it('uses every task once before any is used again', () => {
    const used = Array.from({ length: 12 }, (_, k) => grammarPrompt(all, ['Ask.', 'Sing.', 'Hum.', 'Nod.'], 2, k).task)
    for (const round of [used.slice(0, 4), used.slice(4, 8), used.slice(8)]) expect(new Set(round).size).toBe(4)
  })
})

describe('a set of prompts', () => {
  const made = grammarPrompts({ ...all, tasks, seed: 1, count: 200 })

  it('has different ones, of every family', () => {
    expect(new Set(made.map(({ text }) => promptKey(text))).size).toBe(200)
    const ids = new Set(made.flatMap(({ requirements }) => requirements.map(({ check }) => check!.id)))
    expect([...ids].toSorted()).toEqual([...new Set(requirementFamilies.map(({ check }) => check))].toSorted())
  })

  it('has neither the prompts of another set nor its tasks', () => {
    const except = made.slice(0, 100)
    const others = grammarPrompts({ ...all, tasks, seed: 1, count: 200, except: except.map(({ text }) => text) })
    const closed = new Set(except.map(({ task }) => task))
    expect(others).toHaveLength(200)
    expect(others.filter(({ task }) => closed.has(task))).toEqual([])
  })

  it('ends where the grammar has no more', () => {
    const grammar = { families: familiesNamed(['quotes']), min: 1, max: 1 }
    expect(grammarPrompts({ ...grammar, tasks: ['Ask.', 'Sing.'], seed: 0, count: 50 })).toHaveLength(6) // two tasks, three wordings
  })
})

describe('the families', () => {
  it('have different names, and checks that exist', () => {
    expect(new Set(requirementFamilies.map(({ name }) => name)).size).toBe(requirementFamilies.length)
    expect(requirementFamilies.map(({ check }) => check).filter((id) => !checkIds.includes(id))).toEqual([])
  })

  it('exclude families that exist', () => {
    const names = [...exclusions.flatMap(([name, others]) => [name, ...others]), ...taskExclusions.flatMap(([, names]) => names)]
    expect(names.filter((name) => !requirementFamilies.some((family) => family.name === name))).toEqual([])
    expect(excludes('capitals', 'lowercase')).toBe(true)
    expect(excludes('no-commas', 'json')).toBe(true)
    expect(excludes('word', 'capitals')).toBe(false)
  })

  it('are chosen by name or by the id of their check', () => {
    expect(familiesNamed(['length_constraints:number_words', 'json']).map(({ name }) => name)).toEqual([
      'at-most-words',
      'at-least-words',
      'json',
    ])
    expect(familiesNamed([], ['keywords:existence', 'title'])).toHaveLength(requirementFamilies.length - 3)
    expect(() => familiesNamed(['rhymes'])).toThrow('There is no family of requirements "rhymes".')
    expect(() => familiesNamed(['title'], ['title'])).toThrow('no family of requirements left')
  })
})

it('the tasks for measuring are about other subjects than those of runs', () => {
  const heldOut = tasksIn(taskFiles.heldOut)
  const subject = (task: string): string => task.replace(/[.?]$/, '').replace(' to a child', '').split(' ').slice(-2).join(' ')
  expect(heldOut.filter((task) => tasks.includes(task))).toEqual([])
  expect(new Set([...tasks, ...heldOut].map(promptKey)).size).toBe(tasks.length + heldOut.length)
  expect(heldOut.filter((task) => /\b(a|an) \w+\.$/.test(task) && tasks.some((other) => subject(other) === subject(task)))).toEqual([])
})
