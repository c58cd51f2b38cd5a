import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvLines } from '../../main/data/exporters/csv.ts'
import { readCsvRows } from '../../main/data/sources/csv-rows.ts'

describe('tables', () => {
  test('a quoted cell can contain separators, line breaks, and quotation marks; a row’s line is the one it starts on', () => {
    const { rows, bad } = readCsvRows('\uFEFFprompt,completion\r\n"a ""b"", c\nd",e\r\n\r\n"x" y,z\r\n', ',')
    expect(bad).toEqual([])
    expect(rows).toEqual([
      { line: 2, value: { prompt: 'a "b", c\nd', completion: 'e' } },
      { line: 5, value: { prompt: '"x" y', completion: 'z' } },
    ])
  })

  test('blank lines before the column names count as lines only', () => {
    expect(readCsvRows('\n\r\nprompt;completion\na;b\n', ',').rows).toEqual([{ line: 4, value: { prompt: 'a', completion: 'b' } }])
    expect(readCsvRows('\nsep=|\nprompt|completion\na|b\n', ',').rows).toEqual([{ line: 4, value: { prompt: 'a', completion: 'b' } }])
  })

  test.each([';', '\t', '|', '^', '~', '¦', '\x01', '\x1f'])('columns separated by %j are found', (separator) => {
    const { rows, notes } = readCsvRows(`prompt${separator}completion\na, b${separator}"c${separator}d"\n`, ',')
    expect(rows).toEqual([{ line: 2, value: { prompt: 'a, b', completion: `c${separator}d` } }])
    expect(notes).toEqual([expect.stringMatching(/^Columns are separated by [a-z]/)])
  })

  test('an empty cell is a missing field; ranks and scores are numbers', () => {
    const { rows } = readCsvRows('question\tanswer\trank\nq\ta\t0\nq\t\tbest\n', '\t')
    expect(rows.map(({ value }) => value)).toEqual([
      { question: 'q', answer: 'a', rank: 0 },
      { question: 'q', rank: 'best' },
    ])
  })

  test('rows with too many cells or an unclosed quotation mark are reported by line', () => {
    const { rows, bad } = readCsvRows('prompt\na\nb,c\n"d\ne', ',')
    expect(rows).toEqual([{ line: 2, value: { prompt: 'a' } }])
    expect(bad).toEqual([
      { line: 3, reason: '2 cells, but 1 columns' },
      { line: 4, reason: 'missing closing quotation mark' },
    ])
  })

  test('a stray quotation mark doesn’t hide the rows up to the next one in a cell: the row where it starts is reported', () => {
    const { rows, bad } = readCsvRows('prompt,completion\na,"x\nb,y\nc,"z" or so\nd,w\n', ',')
    expect(rows).toEqual([{ line: 5, value: { prompt: 'd', completion: 'w' } }])
    expect(bad).toEqual([{ line: 2, reason: 'text after a closing quotation mark' }])
  })

  test('text that a spreadsheet would run is escaped and restored on import; numbers stay numbers', () => {
    const texts = ['=1+1', '+1', '-1 apples', '@SUM(A1)', '\tx', '\rx', "'=x", "''-", '- a list', "'quoted'", 'plain']
    const lines = [
      ...csvLines(
        ['prompt', 'score_chosen'],
        texts.map((prompt) => ({ prompt, score_chosen: -0.5 })),
      ),
    ]
    expect(lines.slice(1).map((line) => line.replace(/^"/, '')[0])).toEqual([...texts.slice(0, 9).map(() => "'"), "'", 'p'])
    expect(lines.slice(1).every((line) => line.endsWith(',-0.5\n'))).toBe(true)
    const { rows, notes } = readCsvRows(lines.join(''), ',')
    expect(rows.map(({ value }) => (value as { prompt: string }).prompt)).toEqual(texts)
    expect(notes).toEqual(['Removed the apostrophe that keeps spreadsheets from running text as a formula (9 cells).'])
  })

  test('any text survives a round trip', () => {
    const text = fc
      .oneof(fc.string({ minLength: 1, unit: 'binary' }), fc.stringMatching(/^[='+\-@,;\t\r\n"a]{1,6}$/))
      .filter((some) => some.isWellFormed())
    fc.assert(
      fc.property(fc.array(fc.record({ prompt: text, completion: text }), { minLength: 1 }), (written) => {
        const table = [...csvLines(['prompt', 'completion'], written)].join('')
        const { rows, bad } = readCsvRows(table, ',')
        expect(bad).toEqual([])
        expect(rows.map(({ value }) => value)).toEqual(written)
      }),
    )
  })
})
