import { describe, expect, it } from 'vitest'
import { generators } from '../../main/common/random.ts'
import { editedToMeet } from '../../main/data/edited-responses.ts'
import { familiesNamed, grammarPrompts } from '../../main/data/grammar-prompts.ts'
import { requirementFamilies } from '../../main/data/requirement-families.ts'
import { readyCheck } from '../../main/evaluation/checks/checks.ts'

const response = `The river bends around the old mill, and the water is slow there.

Children skip stones, and in the evening the heron comes. It stays until dark.`

/** Numbers that are drawn in turn, and again from the first. */
const drawing = (...numbers: number[]) => {
  let i = 0
  return () => numbers[i++ % numbers.length]
}
const edited = (id: string, args: object, draw = drawing(0.5)): string | null =>
  editedToMeet(response, { id, args: { ...args } }, { prompt: '', draw })

describe('a response edited to meet a requirement', () => {
  it('keeps its lines and its other words', () => {
    expect(edited('keywords:existence', { keywords: ['lantern', 'copper'] }, drawing(0.1, 0.99))).toBe(
      response.replace('The river bends', 'The river bends lantern').concat(' copper'),
    )
    expect(edited('keywords:forbidden_words', { forbidden_words: ['the'] })).toBe(response.replaceAll(/\b[Tt]he /g, ''))
    expect(edited('punctuation:no_comma', {})).toBe(response.replaceAll(',', ''))
    expect(edited('laurel:starts_with', { text: 'Once' }, drawing(0.9))).toBe(`Once t${response.slice(1)}`)
    expect(edited('startend:end_checker', { end_phrase: 'The end.' })).toBe(`${response} The end.`)
    expect(edited('detectable_format:title', {}, drawing(0.1))).toBe(`<<bends around>>\n\n${response}`)
    expect(edited('detectable_content:postscript', { postscript_marker: 'P.S.' }, drawing(0.99))).toBe(
      `${response}\n\nP.S. It stays until dark.`,
    )
    expect(edited('detectable_content:number_placeholders', { num_placeholders: 2 }, drawing(0))).toBe(
      response.replace('The river', '[The] [river]'),
    )
    expect(edited('detectable_format:number_highlighted_sections', { num_highlights: 1 }, drawing(0.999))).toBe(
      response.replace('dark.', '*dark*.'),
    )
  })

  it('is shorter only where the requirement says so', () => {
    expect(edited('length_constraints:number_words', { num_words: 12, relation: 'less than' })).toBe('The river bends around the old mill.')
    expect(edited('length_constraints:number_words', { num_words: 90, relation: 'at least' })).toBeNull()
    expect(edited('detectable_format:number_bullet_lists', { num_bullets: 3 })?.split('\n')).toHaveLength(3)
  })

  it('is none if it meets the requirement already, if no program can edit it so, or if it is blank', () => {
    expect(edited('keywords:existence', { keywords: ['heron'] })).toBeNull()
    expect(edited('laurel:sentences', { min: 1, max: 1 })).toBeNull()
    expect(editedToMeet(' \n', { id: 'punctuation:no_comma', args: {} }, { prompt: '', draw: drawing(0.5) })).toBeNull()
  })

  it('meets it, for every family of the grammar that can be edited, whatever the seed', () => {
    const { uniform } = generators.philox
    const tasks = Array.from({ length: 40 }, (_, i) => `Tell me of place number ${i}.`)
    const prompts = grammarPrompts({ families: familiesNamed(), min: 1, max: 2, tasks, seed: 3, count: 600 })
    const kinds = new Map<string, number>()
    for (const [i, { text, requirements }] of prompts.entries()) {
      for (const { check } of requirements) {
        let drawn = 0
        const copy = editedToMeet(response, check!, { prompt: text, draw: () => uniform(i, drawn++) })
        if (copy === null) continue
        expect(readyCheck(check!).isMet(copy, text)).toBe(true)
        kinds.set(check!.id, (kinds.get(check!.id) ?? 0) + 1)
      }
    }
    const uneditable = ['laurel:no_letter', 'laurel:sentences', 'laurel:json_keys']
    expect([...kinds.keys()].sort()).toEqual(
      [...new Set(requirementFamilies.map(({ check }) => check))].filter((id) => !uneditable.includes(id)).sort(),
    )
  })
})
