import { numberText, percentText } from '../common/numbers.ts'
import type { RunDetails, RunSummary } from '../shared/contract/runs-contract.ts'
import { threadsText } from '../shared/device-text.ts'
import { durationText } from '../shared/duration-text.ts'
import { engineRoles, thisMachine } from '../shared/engine-settings.ts'
import { costText } from '../shared/engine-use-text.ts'
import { oneLine } from '../shared/one-line.ts'
import {
  isOutsideMeasure,
  type OutsideFigures,
  type OutsideMeasure,
  outsideFiguresOf,
  outsideMeasures,
  outsideNames,
} from '../shared/outside-measures.ts'
import { verdictOf } from '../shared/run-verdict.ts'

/** A table of runs. */
export function listText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'There are no runs yet. Create one: laurel run new --recipe demo\n'
  const rows = runs.map((run) => [run.id, run.name, run.status, `${run.iteration} ${run.stage ?? ''}`, run.created_at, run.tags.join(', ')])
  return tableText([['id', 'name', 'status', 'iteration', 'created', 'tags'], ...rows])
}

/** A run's full details as text. */
export function detailsText(run: RunDetails): string {
  const engine = run.engine === null ? 'not started' : `${run.engine.backend}, ${run.engine.precision}, ${threadsText(run.engine.threads)}`
  const blocks = [
    `${run.id}  ${oneLine(run.name)}  ${run.status}  (${engine}; ${durationText(run.seconds)} in total)\n`,
    ...(run.tags.length === 0 ? [] : [`Tags: ${run.tags.map(oneLine).join(', ')}\n`]),
    ...(run.note === '' ? [] : [`${run.note}\n`]),
    ...(run.error === null ? [] : [`${run.error.message}\n${run.error.remedy}\n`]),
    ...(run.guard === null ? [] : [`Stopped, as the recipe says, on ${run.guard.codes.join(', ')}. Resume it to continue.\n`]),
    verdictText(run),
    stagesText(run),
    engineUseText(run),
    modelsText(run),
    judgesText(run),
    winRatesText(run),
    ...outsideMeasures.map((measure) => outsideText(run, measure)),
    checksText(run),
    warningsText(run),
  ]
  return blocks.filter((block) => block !== '').join('\n')
}

/** What a finished run has shown, and what it hasn't. */
function verdictText(run: RunDetails): string {
  const verdict = run.status === 'finished' ? verdictOf(run) : null
  if (verdict === null) return ''
  const evidence = verdict.evidence.map(({ text, remark }) => `  ${[text, remark].filter((part) => part !== null).join(' ')}`)
  return `${[verdict.title, ...evidence, `  ${verdict.limits.join(' ')}`].join('\n')}\n`
}

/** Engines besides this machine: what they do for the run, and what they were asked. */
const engineUseText = ({ recipe, engine_usage }: RunDetails): string => {
  const roles = engineRoles.filter((role) => recipe.engines[role] !== thisMachine)
  const places = roles.map((role) => `${role} on ${recipe.engines[role]}`)
  const head = places.length === 0 ? '' : `${places.join(', ')}\n`
  if (engine_usage.length === 0) return head
  const rows = engine_usage.map(({ engine, model, requests, retries, prompt_tokens, new_tokens, cost, currency }) => [
    ...[engine, model, String(requests), String(retries), String(prompt_tokens), String(new_tokens)],
    costText({ cost, currency }),
  ])
  return `${head}${tableText([['engine', 'model', 'requests', 'sent again', 'tokens read', 'tokens written', 'cost'], ...rows])}`
}

const stagesText = ({ stages }: RunDetails): string =>
  stages.length === 0
    ? ''
    : tableText([
        ['iteration', 'stage', 'time', ''],
        ...stages.map(({ iteration, stage, seconds, finished }) => [
          String(iteration),
          stage,
          durationText(seconds),
          finished ? '' : 'unfinished',
        ]),
      ])

function modelsText({ models }: RunDetails): string {
  if (models.length === 0) return ''
  const hasFlips = models.some(({ made }) => made?.flip_rate != null)
  const rows = models.map(({ name, data, made }) => {
    if (made === null) return [name, '-', '-', '-', '-', ...(hasFlips ? ['-'] : []), '-', data]
    const { prompts, mean_reward, pairs, judgements, parse_failures, mean_length } = made
    const failures = judgements === 0 ? '-' : `${parse_failures} of ${judgements}`
    return [
      name,
      String(prompts),
      numberText(mean_reward, 2),
      made.yield === null ? '-' : `${pairs} (${percentText(made.yield)})`,
      failures,
      ...(hasFlips ? [percentText(made.flip_rate)] : []),
      numberText(mean_length, 0),
      data,
    ]
  })
  return tableText([
    ['model', 'prompts', 'mean reward', 'pairs', 'unreadable', ...(hasFlips ? ['flips'] : []), 'characters', 'trained on'],
    ...rows,
  ])
}

function judgesText({ models }: RunDetails): string {
  const rows = models.flatMap(({ name, judge_quality: quality }) => {
    if (quality === null) return []
    const failures = `${quality.parse_failures} of ${quality.judgements}`
    const { pairwise_accuracy, exact_match, spearman, kendall_tau, length_pairwise_accuracy } = quality
    const [rho, tau] = [numberText(spearman ?? null, 3), numberText(kendall_tau ?? null, 3)]
    return [[name, percentText(pairwise_accuracy), percentText(length_pairwise_accuracy), percentText(exact_match), rho, tau, failures]]
  })
  if (rows.length === 0) return ''
  return tableText([['as a judge', 'agrees', 'length alone', 'exact', 'spearman', 'kendall', 'unreadable'], ...rows])
}

function winRatesText({ models }: RunDetails): string {
  const rows = models.flatMap(({ name, win_rates }) =>
    win_rates.map((rate) => [
      `${name} v ${rate.against}`,
      percentText(rate.win_rate),
      `${percentText(rate.low)} to ${percentText(rate.high)}`,
      `${rate.wins}/${rate.ties}/${rate.losses}`,
      `${rate.unreadable}`,
      rate.judge,
    ]),
  )
  return rows.length === 0 ? '' : tableText([['models', 'win rate', '95%', 'won/tied/lost', 'unreadable', 'judge'], ...rows])
}

/** Other measurements of models: a column per model. */
function checksText({ models }: RunDetails): string {
  const all = [...new Set(models.flatMap(({ checks }) => Object.keys(checks)))]
  const names = all.filter((name) => !isOutsideMeasure(name))
  return names
    .map((name) => {
      const columns = models.flatMap(({ name: model, checks }) => (checks[name] === undefined ? [] : [{ model, figures: checks[name] }]))
      const figures = [...new Set(columns.flatMap((column) => Object.keys(column.figures)))]
      return tableText([
        [name, ...columns.map(({ model }) => model)],
        ...figures.map((figure) => [figure, ...columns.map((column) => numberText(column.figures[figure] ?? null, 3))]),
      ])
    })
    .join('\n')
}

/** What programs found in answers to held-out prompts: a column per model, next to its own reward. */
function outsideText({ models }: RunDetails, measure: OutsideMeasure): string {
  const columns = models.flatMap(({ name, made, checks }) => {
    const figures = outsideFiguresOf(checks[measure])
    return figures === null ? [] : [{ name, reward: made?.mean_reward ?? null, figures }]
  })
  if (columns.length === 0) return ''
  const share = ({ met, low, high }: OutsideFigures['prompts']): string =>
    `${percentText(met)} (${percentText(low)} to ${percentText(high)})`
  const families = [...new Set(columns.flatMap(({ figures }) => figures.families.map(({ id }) => id)))]
  return tableText([
    [outsideNames[measure].toLowerCase(), ...columns.map(({ name }) => name)],
    ['own reward', ...columns.map(({ reward }) => numberText(reward, 2))],
    ['prompts followed (95%)', ...columns.map(({ figures }) => share(figures.prompts))],
    ['requirements met (95%)', ...columns.map(({ figures }) => share(figures.requirements))],
    ['words', ...columns.map(({ figures }) => numberText(figures.words, 1))],
    ['distinct-2', ...columns.map(({ figures }) => numberText(figures.distinct2, 3))],
    ...families.map((id) => [
      ...[id, ...columns.map(({ figures }) => percentText(figures.families.find((family) => family.id === id)?.met))],
    ]),
  ])
}

const warningsText = ({ warnings }: RunDetails): string =>
  warnings.map(({ iteration, stage, text }) => `warning (iteration ${iteration}, ${stage}): ${text}\n`).join('')

/** Left-aligned columns, two spaces apart. */
export function tableText(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(oneLine)) // model and judge names come from folder names, which may hold control characters
  const widths = rows[0].map((_, column) => rows.reduce((most, row) => Math.max(most, row[column].length), 0))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}
