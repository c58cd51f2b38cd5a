import type { DataTable } from './columns.ts'

interface DataCard {
  readonly title: string
  /** The file, relative to the card. */
  readonly fileName: string
  readonly what: string
  readonly table: DataTable
  readonly meaningOf: (column: string) => string
  /** Where the data comes from, as [name, value]. */
  readonly source: readonly (readonly [string, string])[]
  /** What was changed, dropped, or left out, as sentences. */
  readonly notes: readonly string[]
}

/**
 * A data card in Markdown: what a file holds, where it comes from, and what was left out. Its front matter is the Hugging Face Hub's, so the
 * card can be a data set's README.md.
 */
export function dataCard({ title, fileName, what, table: { columns, count }, meaningOf, source, notes }: DataCard): string {
  const rows = columns.map(({ name, type }) => `| \`${cell(name)}\` | ${type} | ${cell(meaningOf(name))} |`)
  return [
    '---',
    `configs:`,
    `- config_name: default`,
    `  data_files: ${JSON.stringify(fileName)}`,
    '---',
    '',
    `# ${cell(title)}`,
    '',
    `${count} ${what} in \`${cell(fileName)}\`, written by Laurel.`,
    '',
    '## Columns',
    '',
    '| column | type | meaning |',
    '|---|---|---|',
    ...rows,
    '',
    '## Source',
    '',
    ...source.map(([name, value]) => `- ${name}: ${cell(value)}`),
    '- license: that of the source; it isn’t recorded here',
    ...(notes.length === 0 ? [] : ['', '## Changes', '', ...notes.map((note) => `- ${cell(note)}`)]),
    '',
  ].join('\n')
}

/** Text on one line that can't end a table's cell. */
const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|')
