import { Button, Menu } from '@mantine/core'
import { IconDownload, IconFileImport } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Leaderboard, type LeaderboardRow, leaderboards, paperSource } from '../../../main/shared/alpaca-eval-leaderboard.ts'
import type { AlpacaEvalFile } from '../../../main/shared/contract/evaluations-contract.ts'
import { actionProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { client, orpc } from '../../api/client.ts'
import { download } from '../../components/charts/download.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { count, percent } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import { Term } from '../../components/term.tsx'
import { Whisker } from '../../components/whisker.tsx'
import styles from './evaluate.module.css'
import { alpacaEvalActions } from './evaluate-actions.ts'
import { ImportAnnotationsDialog } from './import-annotations-dialog.tsx'

/** AlpacaEval's leaderboards: what was measured or imported here, and the paper's rows, in tables of what compares. */
export function AlpacaEvalView() {
  const [isImporting, setImporting] = useState(false)
  const evaluations = useQuery(orpc.evaluate.list.queryOptions({ staleTime: 0 }))
  const actions = useScreenActions(alpacaEvalActions, { import: { perform: () => setImporting(true) } })
  return (
    <>
      <div className={styles.bar}>
        <Button {...actionProps(actions.import)} leftSection={<IconFileImport size={14} aria-hidden />} />
        <p className={styles.quiet}>
          Win rates compare only within a table: the same judge, baseline, and prompts. Start AlpacaEval under Evaluations to measure a
          model with a judge of yours.
        </p>
      </div>
      <QueryView query={evaluations}>{(list) => leaderboards(list).map((board) => <BoardPanel key={board.key} board={board} />)}</QueryView>
      {isImporting && <ImportAnnotationsDialog onClose={() => setImporting(false)} />}
    </>
  )
}

function BoardPanel({ board: { judge, baseline, prompts, rows } }: { readonly board: Leaderboard }) {
  const title = `Judge ${judge}, against ${baseline}, ${count(prompts)} prompts`
  const isMeasured = rows.some(({ figures }) => figures !== null)
  return (
    <Panel title={title} flush>
      <ScrollArea className={styles.scroller} label={title}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Win rate</th>
              {isMeasured && <MeasuredHead />}
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.key} row={row} isMeasured={isMeasured} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </Panel>
  )
}

const controlHelp =
  'The win rate that a logistic regression expects at equal lengths. It is AlpacaEval’s simplest form, fitted to these comparisons alone; its leaderboard also uses the difficulty of each instruction, so its figures are other ones.'

function MeasuredHead() {
  return (
    <>
      <th scope="col" data-form="number">
        Standard error
      </th>
      <th scope="col" data-form="number">
        <Term means={controlHelp}>Length-controlled</Term>
      </th>
      <th scope="col" data-form="number">
        <Term means="Each comparison as a win, a draw (one half), or a loss, without the judge’s certainty.">Discrete</Term>
      </th>
      <th scope="col" data-form="number">
        n
      </th>
      <th scope="col" data-form="number">
        <Term means="Comparisons without a preference. They count nowhere else.">Unreadable</Term>
      </th>
      <th scope="col" data-form="number">
        <Term means="Mean length of the model’s answers, in characters.">Length</Term>
      </th>
    </>
  )
}

const origins: Readonly<Record<LeaderboardRow['origin'], string>> = {
  measured: 'measured here',
  imported: 'imported',
  published: paperSource,
}

function Row({
  row: { key, model, winRate, figures, origin },
  isMeasured,
}: {
  readonly row: LeaderboardRow
  readonly isMeasured: boolean
}) {
  const [low, high] = [figures?.low, figures?.high]
  return (
    <tr>
      <th scope="row">{model}</th>
      <td>
        <span className={styles.rate}>{percent(winRate, 2)}</span>{' '}
        {winRate !== null && low != null && high != null && <Whisker {...{ value: winRate, low, high }} chance={null} width={120} />}
      </td>
      {isMeasured && (
        <>
          <td data-form="number">{percent(figures?.standard_error ?? null, 2)}</td>
          <td data-form="number">{percent(figures?.length_controlled_win_rate ?? null, 2)}</td>
          <td data-form="number">{percent(figures?.discrete_win_rate ?? null, 2)}</td>
          <td data-form="number">{count(figures?.n_total)}</td>
          <td data-form="number">{count(figures?.unreadable)}</td>
          <td data-form="number">{figures?.avg_length == null ? '–' : count(Math.round(figures.avg_length))}</td>
        </>
      )}
      <td>
        {origins[origin]} {figures !== null && <SaveMenu id={Number(key)} model={model} />}
      </td>
    </tr>
  )
}

function SaveMenu({ id, model }: { readonly id: number; readonly model: string }) {
  const [error, setError] = useState<unknown>(null)
  const save = async (what: AlpacaEvalFile): Promise<void> => {
    try {
      const { fileName, text } = await client.evaluate.exportAlpacaEval({ id, what })
      download(fileName, new Blob([text], { type: 'application/json' }))
      setError(null)
    } catch (thrown) {
      setError(thrown)
    }
  }
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            aria-label={`Save ${model}`}
            leftSection={<IconDownload size={12} aria-hidden />}
          >
            Save
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void save('annotations')}>annotations.json</Menu.Item>
          <Menu.Item onClick={() => void save('model-outputs')}>model_outputs.json</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {error !== null && <ErrorCard error={error} />}
    </>
  )
}
