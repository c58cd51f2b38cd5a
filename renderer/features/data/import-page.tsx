import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { DataSource, FileReport } from '../../../main/shared/contract/datasets-contract.ts'
import { type DataFormat, dataFormat } from '../../../main/shared/enums.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Loading } from '../../components/loading.tsx'
import { Page, Panel } from '../../components/page.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './data.module.css'
import { DataTabs } from './data-tabs.tsx'
import { FileSource } from './file-source.tsx'
import { FileFacts, FileNotes, LeftOutTable } from './import-report.tsx'
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

function Preview({ source }: { readonly source: DataSource }) {
  const [format, setFormat] = useState<DataFormat | null>(null)
  const preview = useQuery(
    orpc.data.preview.queryOptions({ input: { source, format }, staleTime: 0, retry: false, placeholderData: (before) => before }),
  )
  if (preview.isError && format === null) return <ErrorCard error={preview.error} onRetry={() => void preview.refetch()} />
  if (preview.data === undefined) return <Loading what="Reading the file" />
  const report = preview.data
  return (
    <>
      <Panel title="Contents">
        <div className={styles.form}>
          <Select
            label="Format"
            description="Detected from the rows. Change it if it’s wrong."
            data={dataFormat.options.map((value) => ({ value, label: formatNames[value] }))}
            value={format ?? report.format}
            onChange={(value) => setFormat(value as DataFormat | null)}
            allowDeselect={false}
            w={400}
          />
          {preview.isError ? <ErrorCard error={preview.error} /> : <FileFacts report={report} />}
        </div>
      </Panel>
      {!preview.isError && <Contents {...{ source, format, report }} />}
    </>
  )
}

interface ContentsProps {
  readonly source: DataSource
  readonly format: DataFormat | null
  readonly report: FileReport & { readonly name: string; readonly isNameTaken: boolean }
}

function Contents({ source, format, report }: ContentsProps) {
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
          {report.kind !== 'prompts' && <TokenCheck source={source} format={format} />}
          <Finish {...{ source, format, report }} />
        </>
      )}
    </>
  )
}

function Finish({ source, format, report }: ContentsProps) {
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
  const isTaken = report.isNameTaken && name === report.name
  return (
    <Panel title="Import">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          doImport.mutate({ source, format, name })
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
          <Button type="submit" variant="filled" loading={doImport.isPending} disabled={name.trim() === ''}>
            Import
          </Button>
        </div>
        {doImport.isError && <ErrorCard error={doImport.error} />}
      </form>
    </Panel>
  )
}
