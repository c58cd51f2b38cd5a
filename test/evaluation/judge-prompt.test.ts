import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  fillJudgePrompt,
  fillPairwisePrompt,
  loadJudgePrompt,
  loadPairwisePrompt,
  loadRequirementPrompt,
} from '../../main/evaluation/judge-prompt.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-judges-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('filling a judge prompt', () => {
  const template = 'Q <INSTRUCTION_HERE> R <RESPONSE_HERE> again <INSTRUCTION_HERE>'

  it('fills every placeholder', () => {
    expect(fillJudgePrompt(template, 'ask', 'say')).toBe('Q ask R say again ask')
    expect(fillPairwisePrompt('<INSTRUCTION_HERE>|<RESPONSE_A_HERE>|<RESPONSE_B_HERE>', 'ask', 'one', 'two')).toBe('ask|one|two')
  })

  it('leaves placeholders inside the texts alone', () => {
    expect(fillJudgePrompt(template, 'the word <RESPONSE_HERE>', '<INSTRUCTION_HERE>')).toBe(
      'Q the word <RESPONSE_HERE> R <INSTRUCTION_HERE> again the word <RESPONSE_HERE>',
    )
    expect(fillJudgePrompt(template, "$& $1 $$ $'", '\\n')).toBe("Q $& $1 $$ $' R \\n again $& $1 $$ $'")
  })
})

describe('loading a judge prompt', () => {
  it('finds the shipped ones by name', () => {
    const additive = loadJudgePrompt('additive-5-point')
    expect(additive).toContain('additive 5-point scoring system')
    expect(additive.split('\n').filter((line) => line.startsWith('- ')).length).toBe(7)
    expect(additive.endsWith('outlined criteria.')).toBe(true)
    expect(loadJudgePrompt('ticks')).toBe('<INSTRUCTION_HERE>\n><RESPONSE_HERE>\nReview')
    expect(loadPairwisePrompt('pairwise')).toContain('[[C]]')
  })

  it("accepts any file's path, and drops one final newline", () => {
    expect(loadJudgePrompt(file('own.txt', '<INSTRUCTION_HERE> <RESPONSE_HERE>\n\n'))).toBe('<INSTRUCTION_HERE> <RESPONSE_HERE>\n')
  })

  it('of one requirement may leave out the instruction, but not the requirement', () => {
    expect(loadRequirementPrompt('requirement-of-text')).not.toContain('<INSTRUCTION_HERE>')
    expect(() => loadRequirementPrompt(file('no-requirement.txt', 'R <RESPONSE_HERE>'))).toThrow('must contain <REQUIREMENT_HERE>')
  })

  it('reports what is missing', () => {
    expect(() => loadJudgePrompt('no-such-judge')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
    expect(() => loadJudgePrompt(file('half.txt', 'Rate <RESPONSE_HERE>'))).toThrow(/half\.txt.*<INSTRUCTION_HERE>/)
    expect(() => loadJudgePrompt('pairwise')).toThrow(/<RESPONSE_HERE>/)
    expect(() => loadPairwisePrompt('additive-5-point')).toThrow(/<RESPONSE_A_HERE> and <RESPONSE_B_HERE>/)
  })
})
