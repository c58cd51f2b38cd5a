import { MultiSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { CategoryRadar } from '../../components/charts/category-radar.tsx'
import { ChartCard } from '../../components/charts/chart-card.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, fixed, percent } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import styles from './evaluate.module.css'
import { EvaluationsLink } from './evaluations-link.tsx'
import { categoriesOf, drawnOf, lookOf, type MtBenchResult, mainFigure, mostCompared, mtBenchResults, scoreTable } from './mt-bench-rows.ts'

/** MT-Bench by category: a radar of the chosen results, and a table of all. */
export function MtBenchView() {
  const evaluations = useQuery(orpc.evaluate.list.queryOptions({ staleTime: 0 }))
  return (
    <QueryView query={evaluations}>
      {(list) => {
        const results = mtBenchResults(list)
        return results.length === 0 ? (
          <EmptyState title="No MT-Bench results yet">
            Start MT-Bench under <EvaluationsLink />. A judge grades a model’s answers to 80 questions of two turns, and the grades appear
            here by category.
          </EmptyState>
        ) : (
          <Results results={results} />
        )
      }}
    </QueryView>
  )
}

function Results({ results }: { readonly results: readonly MtBenchResult[] }) {
  const [chosen, setChosen] = useState<string[] | null>(null)
  const drawn = drawnOf(results, chosen)
  const graded = results.filter(({ against }) => against === '')
  const compared = results.filter(({ against }) => against !== '')
  return (
    <>
      {graded.length > 0 && (
        <>
          <MultiSelect
            label="Results in the chart"
            data={graded.map(({ id, model, judge, finished }) => ({
              value: String(id),
              label: `${model}, judged by ${judge}, ${finished}`,
            }))}
            value={drawn.map(({ id }) => String(id))}
            onChange={setChosen}
            maxValues={mostCompared}
            hidePickedOptions
          />
          <Scores drawn={drawn} />
        </>
      )}
      {graded.length > 0 && (
        <Panel title="Grades" flush>
          <ResultTable label="MT-Bench grades" results={graded} format={(value) => fixed(value)} />
        </Panel>
      )}
      {compared.length > 0 && (
        <Panel title="Win rates, ties as half wins" flush>
          <ResultTable label="MT-Bench win rates" results={compared} format={(value) => percent(value)} />
        </Panel>
      )}
    </>
  )
}

function Scores({ drawn }: { readonly drawn: readonly MtBenchResult[] }) {
  const categories = categoriesOf(drawn)
  const series = drawn.map(({ id, model, judge, parts }, place) => ({
    ...{ id: String(id), name: `${model} (judge ${judge}, n = ${count(parts.all.n)})`, ...lookOf(place) },
    read: (category: string) => mainFigure(parts.categories[category]),
    say: (category: string) => `${fixed(mainFigure(parts.categories[category]))} (n = ${count(parts.categories[category]?.n)})`,
  }))
  const summary = drawn.map(({ model, judge, parts }) => `${model}, judged by ${judge}: ${fixed(mainFigure(parts.all))} of 10.`).join(' ')
  return (
    <ChartCard
      title="MT-Bench by category"
      about="The mean grade of both turns’ answers in each category, from 1 to 10. Grades of different judges don’t compare."
      summary={summary}
      table={() => scoreTable(drawn)}
    >
      {categories.length < 3 ? (
        <p className={styles.nothing}>A chart needs three categories. The table below has the grades.</p>
      ) : (
        <CategoryRadar categories={categories} series={series} most={10} />
      )}
      <ul className={styles.legend}>
        {series.map(({ id, name, color, dash }) => (
          <li key={id}>
            <svg width={24} height={8} aria-hidden>
              <line x1={0} x2={24} y1={4} y2={4} stroke={color} strokeWidth={2} strokeDasharray={dash} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </ChartCard>
  )
}

interface ResultTableProps {
  readonly label: string
  readonly results: readonly MtBenchResult[]
  readonly format: (value: number | null) => string
}

function ResultTable({ label, results, format }: ResultTableProps) {
  const categories = categoriesOf(results)
  return (
    <ScrollArea className={styles.scroller} label={label}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Judge</th>
            {['Overall', 'Turn 1', 'Turn 2', ...categories, 'Unparsed'].map((column) => (
              <th key={column} scope="col" data-form="number">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {results.map(({ id, model, against, judge, parts: { all, turns, categories: own } }) => (
            <tr key={id}>
              <th scope="row">{against === '' ? model : `${model} v ${against}`}</th>
              <td>{judge}</td>
              {[all, turns['1'], turns['2'], ...categories.map((category) => own[category])].map((figures, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns don't move
                <td key={column} data-form="number">
                  {format(mainFigure(figures))} <span className={styles.count}>n = {count(figures?.n)}</span>
                </td>
              ))}
              <td data-form="number">{count(all.unparsed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  )
}
