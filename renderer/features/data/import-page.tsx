import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { DataSource, FileReport, ReadingChoice } from '../../../main/shared/contract/datasets-contract.ts'
import { type DataFormat, dataFormat } from '../../../main/shared/enums.ts'
import { submitProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Loading } from '../../components/loading.tsx'
import { Page, Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './data.module.css'
import { importActions } from './data-actions.ts'
import { DataTabs } from './data-tabs.tsx'
import { FileSource } from './file-source.tsx'
import { FileFacts, FileNotes, LeftOutTable } from './import-report.tsx'
import { MappingEditor } from './mapping-editor.tsx'
import { RowView } from './row-view.tsx'
import { TokenCheck } from './token-check.tsx'
import { formatNames } from './words.ts'

/** Imports a file as a data set: choose it, preview its contents and problems, and import it. */
export function ImportPage() {
  const [source, setSource] = useState<DataSource>()
  return (
    <Page title="Data" status={<DataTabs />}>
      <Panel title="File">
        <FileSource onSource={setSource} />
      </Panel>
      {source !== undefined && <Preview key={JSON.stringify(source)} source={source} />}
    </Page>
  )
}

/** Encodings that tables usually have, besides what is detected. */
const encodings = ['utf-8', 'utf-16le', 'windows-1250', 'windows-1251', 'windows-1252', 'shift_jis', 'gb18030', 'big5', 'euc-kr']

function Preview({ source }: { readonly source: DataSource }) {
  const [choice, setChoice] = useState<ReadingChoice>({ source, format: null, split: null, encoding: null, mapping: null })
  const [isMapping, setMapping] = useState(false)
  const change = (changes: Partial<ReadingChoice>): void => setChoice({ ...choice, ...changes })
  const { split, encoding } = choice
  const columns = useQuery(orpc.data.columns.queryOptions({ input: { source, split, encoding }, staleTime: 0, retry: false }))
  const remembered = columns.data?.remembered ?? null
  const [isOverridden, setOverridden] = useState(false) // the user has decided against what is remembered
  const read = { ...choice, mapping: choice.mapping ?? (isOverridden || choice.format !== null ? null : remembered) }
  const preview = useQuery(
    orpc.data.preview.queryOptions({
      ...{ input: read, staleTime: 0, retry: false, enabled: !columns.isPending },
      placeholderData: (before) => before,
    }),
  )
  const asDetected = choice.format === null && split === null && encoding === null && read.mapping === null
  const report = preview.isError ? undefined : preview.data
  if (report === undefined && !preview.isError) return <Loading what="Reading the file" />
  const hasColumns = (columns.data?.columns.length ?? 0) > 0
  const isOpen = hasColumns && (isMapping || read.mapping !== null || preview.isError)
  return (
    <>
      <Panel title="Contents">
        <div className={styles.form}>
          <div className={styles.columns}>
            <Select
              label="Format"
              description={read.mapping === null ? 'Detected from the rows. Change it if it’s wrong.' : 'By the columns below.'}
              data={dataFormat.options.map((value) => ({ value, label: formatNames[value] }))}
              value={choice.format ?? report?.format ?? null}
              onChange={(value) => change({ format: value as DataFormat | null, mapping: null })}
              allowDeselect={false}
              placeholder="Unknown"
            />
            <EncodingSelect value={encoding} onChange={(value) => change({ encoding: value })} />
            <SplitInput value={split} onChange={(value) => change({ split: value })} />
          </div>
          {preview.isError ? (
            <ErrorCard error={preview.error} {...(asDetected && { onRetry: () => void preview.refetch() })} />
          ) : (
            <FileFacts report={report as FileReport} />
          )}
          {hasColumns && !isOpen && (
            <Button className={styles.start} onClick={() => setMapping(true)}>
              Choose columns
            </Button>
          )}
          {read.mapping !== null && choice.mapping === null && (
            <p className="dim" role="status" style={{ margin: 0 }}>
              Read with the columns that you chose for an earlier file with the same ones.
            </p>
          )}
        </div>
      </Panel>
      {isOpen && (
        <MappingEditor
          key={JSON.stringify([columns.data?.columns, remembered])}
          columns={columns.data?.columns ?? []}
          mapping={read.mapping}
          onChange={(mapping) => {
            setOverridden(mapping === null)
            setMapping(mapping !== null)
            change({ mapping, format: null })
          }}
        />
      )}
      {report !== undefined && <Contents choice={read} report={report} />}
    </>
  )
}

interface ChoiceInputProps {
  readonly value: string | null
  readonly onChange: (value: string | null) => void
}

const EncodingSelect = ({ value, onChange }: ChoiceInputProps) => (
  <Select
    label="Encoding"
    description="Of a table or text."
    placeholder="Detected"
    data={encodings}
    value={value}
    onChange={onChange}
    clearable
  />
)

/** Read when the user leaves the field or presses Enter: every letter would read the file again. */
function SplitInput({ value, onChange }: ChoiceInputProps) {
  const [text, setText] = useState(value ?? '')
  const commit = (): void => onChange(text.trim() === '' ? null : text.trim())
  return (
    <TextInput
      label="Split"
      description="Of a data set’s folder."
      placeholder="train"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
    />
  )
}

interface ContentsProps {
  readonly choice: ReadingChoice
  readonly report: FileReport & { readonly name: string; readonly isNameTaken: boolean }
}

function Contents({ choice, report }: ContentsProps) {
  return (
    <>
      <FileNotes notes={report.notes} />
      <LeftOutTable title="Invalid rows, not imported" rows={report.rejected} />
      <LeftOutTable title="Valid rows that are skipped" rows={report.skipped} />
      {report.sample.length > 0 && (
        <>
          <Panel title={`First ${report.sample.length === 1 ? 'row' : `${report.sample.length} rows`} as imported`} flush>
            <ScrollArea className={styles.rows} label="First rows">
              {report.sample.map((row) => (
                <RowView key={row.index} row={row} />
              ))}
            </ScrollArea>
          </Panel>
          {report.kind !== 'prompts' && <TokenCheck choice={choice} />}
          <Finish choice={choice} report={report} />
        </>
      )}
    </>
  )
}

function Finish({ choice, report }: ContentsProps) {
  const [name, setName] = useState(report.name)
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const doImport = useMutation(
    orpc.data.import.mutationOptions({
      onSuccess: async ({ id }) => {
        await queries.invalidateQueries({ queryKey: orpc.data.list.key() })
        navigate(`/data/sets/${id}`)
      },
    }),
  )
  const submit = (): void => doImport.mutate({ ...choice, name })
  const actions = useScreenActions(importActions, { import: { enabled: name.trim() !== '' && !doImport.isPending, perform: submit } })
  const isTaken = report.isNameTaken && name === report.name
  return (
    <Panel title="Import">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <div className={styles.inline}>
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={60}
            required
            w={400}
            error={isTaken ? 'A data set with this name already exists.' : undefined}
          />
          <Button {...submitProps(actions.import)} type="submit" variant="filled" loading={doImport.isPending}>
            Import
          </Button>
        </div>
        {doImport.isError && <ErrorCard error={doImport.error} />}
      </form>
    </Panel>
  )
}
