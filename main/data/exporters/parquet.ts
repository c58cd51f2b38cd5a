import type { SchemaElement } from 'hyparquet'
import { ByteWriter, parquetWriteRows } from 'hyparquet-writer'
import { badInput } from '../../shared/errors.ts'
import type { CellType, Column, DataTable } from './columns.ts'

/** Rows that are in memory together, and are compressed together. */
const rowGroupSize = 5000

/** Writes a table as Parquet (Snappy), a row group at a time. Columns of several kinds of cells are JSON. Throws BAD_INPUT if there are no rows. */
export function writeParquet(write: (bytes: Uint8Array) => void, { columns, rows }: DataTable): void {
  if (columns.length === 0) throw badInput('There are no rows, and a Parquet file needs columns.', 'Choose CSV or JSON Lines.')
  const writer = new ByteWriter()
  const flush = (): void => {
    write(writer.getBytes().slice())
    writer.index = 0
  }
  const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)]
  void parquetWriteRows({
    writer: Object.assign(writer, { flush, finish: flush }),
    schema,
    columns: columns.map(({ name }) => ({ name })),
    rows: cellsOf(columns, rows()),
    rowGroupSize,
    createdBy: 'Laurel',
  }) // nothing to wait for: its target is synchronous
}

function* cellsOf(columns: readonly Column[], rows: Iterable<Readonly<Record<string, unknown>>>): Generator<Record<string, unknown>> {
  for (const row of rows) yield Object.fromEntries(columns.map(({ name, type }) => [name, cellOf(row[name], type)]))
}

const cellOf = (value: unknown, type: CellType): unknown =>
  value === undefined || value === null ? null : type === 'integer' ? BigInt(value as number) : value

const optional = { repetition_type: 'OPTIONAL' } as const

const text = (name: string): SchemaElement => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', ...optional })
const double = (name: string): SchemaElement => ({ name, type: 'DOUBLE', ...optional })
const struct = (name: string, ...members: readonly SchemaElement[]): SchemaElement[] => [
  { name, num_children: members.length, ...optional },
  ...members,
]
const list = (name: string, element: readonly SchemaElement[]): SchemaElement[] => [
  { name, converted_type: 'LIST', num_children: 1, ...optional },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  ...element,
]

/** A column in Parquet's schema: lists have three levels, as its specification demands. */
function elementsOf({ name, type }: Column): SchemaElement[] {
  switch (type) {
    case 'text':
      return [text(name)]
    case 'integer':
      return [{ name, type: 'INT64', ...optional }]
    case 'number':
      return [double(name)]
    case 'boolean':
      return [{ name, type: 'BOOLEAN', ...optional }]
    case 'numbers':
      return list(name, [double('element')])
    case 'texts':
      return list(name, [text('element')])
    case 'messages':
      return list(name, struct('element', text('role'), text('content')))
    case 'turns':
      return list(name, struct('element', text('from'), text('value')))
    case 'turn':
      return struct(name, text('from'), text('value'))
    case 'judgements':
      return list(name, struct('element', double('score'), text('text')))
    case 'json':
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'JSON', ...optional }]
  }
}
