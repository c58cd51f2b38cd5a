import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defectOf } from '../../renderer/components/error-boundary.tsx'
import { formattedLength, limits } from '../../renderer/components/markdown-limits.ts'

const isWhole = (text: string): boolean => formattedLength(text) === text.length

describe('what is formatted', () => {
  test.each([
    ['nothing', ''],
    ['an answer of many paragraphs', 'Tides rise and fall **twice** a day, as [this](https://example.org) says.\n\n'.repeat(120)],
    ['a list of a hundred items, each with emphasis', '- **Tides** rise and `fall` _often_\n'.repeat(60)],
    ['a list in a list in a list', '- a\n  - b\n    - c\n      > d\n'.repeat(20)],
    ['a table', `| a | b | c |\n|---|---|---|\n${'| 1 | 2 | 3 |\n'.repeat(60)}`],
    ['a long program', `\`\`\`c\n${'int *a[3] = { &b[0] | *c, !d };\n'.repeat(300)}\`\`\`\n`],
    ['a line of dashes', `a\n\n${'- '.repeat(limits.depth)}\n\nb`],
    ['a long word', 'a'.repeat(limits.word)],
  ])('%s: formatted completely', (_, text) => {
    expect(isWhole(text)).toBe(true)
  })

  const repeated = [
    '>',
    '> ',
    '- ',
    '* ',
    '+ ',
    '1. ',
    '1) ',
    '[a](',
    '[',
    '![',
    '*a_',
    '**a ',
    '_',
    '``a` ',
    '~~a~',
    '<a ',
    '&a',
    '[^a]',
    '[a][',
    'a@',
    '| a ',
    '-',
    '.',
    'a\n\n',
    'a  \n',
    '- a\n',
    '[a]: b\n\n',
  ]
  test.each(repeated)('thousands of %j: only the beginning', (unit) => {
    for (const length of [20_001, 200_000]) {
      const text = unit.repeat(Math.ceil(length / unit.length))
      expect(formattedLength(text)).toBeLessThanOrEqual(limits.characters)
      const beginning = text.slice(0, formattedLength(text))
      expect(beginning.split('\n').length).toBeLessThanOrEqual(limits.lines + 1)
      expect(Math.max(...beginning.split('\n').map((line) => line.split(/[>*+-]|\d[.)]/).length)), unit).toBeLessThanOrEqual(
        limits.word + 1,
      )
    }
  })

  test('nesting that is too deep ends the formatted part, on any line', () => {
    const deep = '> '.repeat(1100)
    expect(formattedLength(deep)).toBeLessThan(3 * limits.depth)
    expect(formattedLength(`fine\n\n${deep}`)).toBe('fine\n\n'.length)
    expect(formattedLength(`${'- '.repeat(1100)}x`)).toBeLessThan(3 * limits.depth)
  })

  test('an open fence exempts only code from the limits', () => {
    expect(isWhole(`\`\`\`\n${'*a_'.repeat(300)}\n\`\`\`\nend`)).toBe(true)
    expect(isWhole(`\`\`\`\ncode\n\`\`\`\n${'*a_'.repeat(300)}`)).toBe(false)
    expect(isWhole(`\`\`\`a\`b\n${'*a_'.repeat(300)}`)).toBe(false) // not a fence: its line contains a backtick
    expect(isWhole(`~~~\n\`\`\`\n~~~\n${'*a_'.repeat(300)}`)).toBe(false)
  })

  test('the formatted prefix is itself within the limits', () => {
    const piece = fc.constantFrom('>', '- ', '1. ', '*', '_', '[', '](', '`', '```', '\n', '\n\n', ' ', 'word ', '|', '~~~', '    ')
    fc.assert(
      fc.property(fc.array(piece, { minLength: 500, maxLength: 4000 }), (pieces) => {
        const text = pieces.join('')
        const length = formattedLength(text)
        expect(length).toBeLessThanOrEqual(text.length)
        expect(formattedLength(text.slice(0, length))).toBe(length)
      }),
      { numRuns: 60, seed: 5 },
    )
  })
})

test('a rendering error is never reported as a lost connection', () => {
  expect(defectOf(new RangeError('Maximum call stack size exceeded'))).toMatchObject({
    code: 'DEFECT',
    message: expect.stringContaining('Maximum call stack size exceeded'),
    remedy: expect.not.stringContaining('connect'),
  })
  expect(defectOf(new TypeError('Failed to fetch dynamically imported module: /a.js'))).toMatchObject({ code: 'NOT_LOADED' })
})
