import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { registerVerify } from '../../main/cli/commands/verify-command.ts'
import { LaurelError } from '../../main/shared/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'laurel-verify-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

const output = join(folder, 'output.jsonl')

/** Verifies rows; returns the rows written and the text printed. */
function verify(...rows: readonly unknown[]): { written: unknown[]; printed: string } {
  const input = join(folder, 'input.jsonl')
  writeFileSync(input, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  rmSync(output, { force: true })
  const print = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const program = new Command('laurel').exitOverride()
  registerVerify(program)
  program.parse(['verify', '--input', input, '--output', output], { from: 'user' })
  const written = readFileSync(output, 'utf8').trim().split('\n')
  return { written: written.map((line) => JSON.parse(line)), printed: print.mock.calls.map(([text]) => String(text)).join('') }
}

const noComma = { check: { id: 'punctuation:no_comma', args: {} } }
const short = { text: 'Be brief.', weight: 2, check: { id: 'laurel:words', args: { max: 2 } } }

describe('laurel verify', () => {
  it('adds the outcome of each check to the row, and counts', () => {
    const { written, printed } = verify(
      { prompt: 'Greet.', response: 'Hello', requirements: [noComma, short], id: 7 },
      { prompt: 'Greet.', response: 'Hello, dear Ann', requirements: [noComma, short, 'Sound kind.'] },
      { response: 'Well, hello', requirements: [noComma, short] },
    )
    const brief = (met: boolean) => ({ text: 'Be brief.', met, loosely_met: met })
    const commaless = (met: boolean) => ({ text: "The response doesn't contain a comma.", met, loosely_met: met })
    expect(written[0]).toEqual({
      ...{ prompt: 'Greet.', response: 'Hello', requirements: [noComma, short], id: 7 },
      ...{ checks: [commaless(true), brief(true)], all_met: true, all_loosely_met: true },
    })
    expect(written[1]).toMatchObject({
      checks: [commaless(false), brief(false), { text: 'Sound kind.', met: null, loosely_met: null }],
      all_met: false,
    })
    expect(written[2]).toMatchObject({ checks: [commaless(false), brief(true)], all_met: false })
    expect(printed).toBe(
      [
        'requirements met: 3 of 6, 50.0% (95%: 18.8% to 81.2%)\n', // Wilson: (0.5 + z²/12 ± z sqrt(1/24 + z²/144)) / (1 + z²/6)
        'prompts with all requirements met: 1 of 3, 33.3% (95%: 6.1% to 79.2%)\n',
        'requirements loosely met: 3 of 6, 50.0% (95%: 18.8% to 81.2%)\n',
        'prompts with all requirements loosely met: 1 of 3, 33.3% (95%: 6.1% to 79.2%)\n',
        'requirements that no program can check: 1\n',
      ].join(''),
    )
  })

  it("reads IFEval's rows, with every argument of every instruction", () => {
    const kwargs = [
      { num_words: 2, relation: 'at least', keywords: null },
      { num_words: null, relation: null, keywords: ['lake'] },
    ]
    const row = {
      key: 1000,
      prompt: 'p',
      response: 'A lake',
      instruction_id_list: ['length_constraints:number_words', 'keywords:existence'],
      kwargs,
    }
    expect(verify(row).written).toEqual([
      {
        ...row,
        checks: [expect.objectContaining({ met: true }), expect.objectContaining({ met: true })],
        ...{ all_met: true, all_loosely_met: true },
      },
    ])
  })

  it('verifies every response that laurel generate wrote', () => {
    const responses = ['Hi', 'Hi, hi'].map((text) => ({ text, token_ids: [1], finish_reason: 'stop' }))
    const { written, printed } = verify({ prompt: 'Greet.', requirements: [noComma], responses })
    expect(written).toEqual([
      {
        ...{ prompt: 'Greet.', requirements: [noComma] },
        responses: responses.map((response, i) => ({
          ...response,
          checks: [expect.objectContaining({ met: i === 0 })],
          ...{ all_met: i === 0, all_loosely_met: i === 0 },
        })),
      },
    ])
    expect(printed).toContain('responses with all requirements met: 1 of 2, 50.0%')
  })

  it.each([
    ['without its first line', 'Sure, here it is:\nHello Ann', short],
    ['without its last line', 'Hello Ann\nI hope that helps.', short],
    ['without both', 'Sure, here it is:\nHello Ann\nI hope that helps.', short],
    ['without asterisks', '**Hello** Ann', { check: { id: 'laurel:starts_with', args: { text: 'Hello' } } }],
  ])('a response that meets a requirement %s meets it loosely', (_, response, requirement) => {
    const { written, printed } = verify({ response, requirements: [requirement] })
    expect(written).toEqual([expect.objectContaining({ all_met: false, all_loosely_met: true })])
    expect(printed).toContain('prompts with all requirements met: 0 of 1')
    expect(printed).toContain('prompts with all requirements loosely met: 1 of 1')
  })

  it('nothing that a response says in its middle alone meets a requirement loosely', () => {
    expect(verify({ response: 'One and two\nHello Ann\nThree and four\nFive', requirements: [short] }).written).toEqual([
      expect.objectContaining({ all_met: false, all_loosely_met: false }),
    ])
  })

  it.each([
    [
      'an unknown check',
      { response: 'a', requirements: [{ check: { id: 'keywords:none' } }] },
      /input\.jsonl:2: requirement 1: There is no check "keywords:none"/,
    ],
    [
      'wrong arguments',
      { response: 'a', instruction_id_list: ['keywords:existence'], kwargs: [{}] },
      /:2: instruction 1: .*keywords:existence aren't valid: keywords/,
    ],
    ['no response', { requirements: [noComma] }, /:2: no "response" or "responses"/],
    ['responses without texts', { responses: [{ txt: 'a' }], requirements: [noComma] }, /:2: responses\.0\.text/],
    ['no requirements', { response: 'a' }, /:2: no "requirements" or "instruction_id_list"/],
  ])('%s is one error with its line, and nothing is written', (_, row, message) => {
    expect(() => verify({ response: 'a', requirements: [noComma] }, row)).toThrow(message)
    expect(existsSync(output)).toBe(false)
  })

  it('a file without any check is an error', () => {
    expect(() => verify({ response: 'a', requirements: ['Sound kind.'] })).toThrow(LaurelError)
  })
})
