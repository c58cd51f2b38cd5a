import { Button, Select } from '@mantine/core'
import { useState } from 'react'
import { type DataMapping, dataMapping, type FileColumn, type MappedKind, mappedKinds } from '../../../main/shared/data-mapping.ts'
import { Panel } from '../../components/page.tsx'
import styles from './data.module.css'
import { kindMeanings, kindNames } from './words.ts'

interface MappingEditorProps {
  readonly columns: readonly FileColumn[]
  /** The mapping that applies; null: the file's own format. */
  readonly mapping: DataMapping | null
  readonly onChange: (mapping: DataMapping | null) => void
}

/** Chooses what each column of a file is, for rows in no format that Laurel knows. */
export function MappingEditor({ columns, mapping, onChange }: MappingEditorProps) {
  const [kind, setKind] = useState<MappedKind>(mapping?.kind ?? 'instructions')
  const [chosen, setChosen] = useState<Readonly<Record<string, string | undefined>>>(mapping?.columns ?? guessed(columns))
  const [best, setBest] = useState<'lowest' | 'highest'>(mapping?.kind === 'ranked' ? mapping.best : 'lowest')
  const roles = mappedKinds[kind].map((role) => ({ role: role.replace('?', ''), isOptional: role.endsWith('?') }))
  const wanted = Object.fromEntries(roles.flatMap(({ role }) => (chosen[role] === undefined ? [] : [[role, chosen[role]]])))
  const parsed = dataMapping.safeParse({ kind, columns: wanted, best })
  const isApplied = parsed.success && JSON.stringify(parsed.data) === JSON.stringify(mapping)
  const isTwice = new Set(Object.values(wanted)).size < Object.values(wanted).length
  return (
    <Panel title="Columns">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (parsed.success) onChange(parsed.data)
        }}
      >
        <Select
          label="Each row is"
          description={kindMeanings[kind]}
          data={Object.keys(mappedKinds).map((value) => ({ value, label: kindNames[value as MappedKind] }))}
          value={kind}
          onChange={(value) => setKind((value ?? kind) as MappedKind)}
          allowDeselect={false}
          w={400}
        />
        <div className={styles.columns}>
          {roles.map(({ role, isOptional }) => (
            <Select
              key={role}
              label={roleNames[role]}
              description={exampleOf(columns, chosen[role])}
              placeholder={isOptional ? 'None' : 'Choose a column'}
              data={columns.map(({ name }) => name)}
              value={chosen[role] ?? null}
              onChange={(name) => setChosen({ ...chosen, [role]: name ?? undefined })}
              clearable={isOptional}
              allowDeselect={isOptional}
              required={!isOptional}
              searchable={columns.length > 12}
            />
          ))}
          {kind === 'ranked' && (
            <Select
              label="Best"
              data={[
                { value: 'lowest', label: 'The lowest: a place' },
                { value: 'highest', label: 'The highest: a score' },
              ]}
              value={best}
              onChange={(value) => setBest((value ?? best) as typeof best)}
              allowDeselect={false}
            />
          )}
        </div>
        {isTwice && (
          <p className={styles.problem} role="alert">
            Two roles have the same column. Choose a column of its own for each.
          </p>
        )}
        <div className={styles.inline}>
          <Button type="submit" variant="filled" disabled={!parsed.success || isApplied}>
            {isApplied ? 'Applied' : 'Apply'}
          </Button>
          {mapping !== null && <Button onClick={() => onChange(null)}>Detect the format instead</Button>}
        </div>
      </form>
    </Panel>
  )
}

const roleNames: Readonly<Record<string, string>> = {
  prompt: 'Prompt',
  response: 'Response',
  system: 'System message',
  chosen: 'Chosen response',
  rejected: 'Rejected response',
  answer: 'Answer',
  rank: 'Rank or score',
}

function exampleOf(columns: readonly FileColumn[], name: string | undefined): string {
  const example = columns.find((column) => column.name === name)?.example ?? ''
  return example === '' ? ' ' : `For example: ${example.length > 80 ? `${example.slice(0, 80)} …` : example}`
}

/** Columns whose names say what they are, in a few languages. */
const hints: Readonly<Record<string, RegExp>> = {
  prompt: /^(prompt|question|instruction|query|input|task|user|frage|aufgabe|pregunta|consigne|domanda)/i,
  response: /^(response|answer|output|completion|reply|assistant|antwort|respuesta|r[ée]ponse|risposta)/i,
  chosen: /(chosen|better|winner|preferred|accepted)/i,
  rejected: /(rejected|worse|loser|dispreferred)/i,
  answer: /^(response|answer|output|completion|reply|antwort|respuesta|r[ée]ponse|risposta)/i,
  rank: /(rank|score|rating|place|note|punkte)/i,
  system: /^system/i,
}

function guessed(columns: readonly FileColumn[]): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(hints).map(([role, hint]) => [role, columns.find(({ name }) => hint.test(name.split('.').at(-1) ?? name))?.name]),
  )
}
