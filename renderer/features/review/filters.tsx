import { Button, Popover, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconSearch, IconX } from '@tabler/icons-react'
import { type RefObject, useEffect, useState } from 'react'
import {
  mostListed,
  type QueueFilter,
  type QueueSort,
  type QueueStatus,
  type ReviewIteration,
} from '../../../main/shared/contract/review-contract.ts'
import type { RewardRange } from '../../../main/shared/reward-range.ts'
import { Key } from '../../actions/action-button.tsx'
import { count } from '../../components/format.ts'
import { defaultFilter, isFiltered, sortNames, statusNames } from './filter-params.ts'
import styles from './filters.module.css'
import { ScoreInput } from './score-input.tsx'

interface FiltersProps {
  readonly filter: QueueFilter
  readonly onChange: (filter: QueueFilter) => void
  readonly iterations: readonly ReviewIteration[]
  readonly range: RewardRange
  readonly search: RefObject<HTMLInputElement | null>
  readonly onLeave: () => void
}

const options = <Value extends string>(names: Readonly<Record<Value, string>>) =>
  Object.entries<string>(names).map(([value, label]) => ({ value, label }))

const comboboxProps = { width: 'max-content', position: 'bottom-start' } as const

/** Filter and order of the queue, stored in the URL. */
export function Filters({ filter, onChange, iterations, range, search, onLeave }: FiltersProps) {
  const change = (changes: Partial<QueueFilter>): void => onChange({ ...filter, ...changes })
  return (
    <search className={styles.filters} aria-label="Filter the queue">
      {iterations.length > 1 && (
        <Select
          aria-label="Iteration"
          w={124}
          comboboxProps={comboboxProps}
          data={[
            { value: 'all', label: 'All iterations' },
            ...iterations.map(({ iteration, model, trains }) => ({ value: String(iteration), label: `By ${model}, for ${trains}` })),
          ]}
          value={filter.iteration === null ? 'all' : String(filter.iteration)}
          onChange={(value) => change({ iteration: value === null || value === 'all' ? null : Number(value) })}
          allowDeselect={false}
        />
      )}
      <Select
        aria-label="Which pairs"
        w={124}
        comboboxProps={comboboxProps}
        data={options(statusNames)}
        value={filter.status}
        onChange={(value) => change({ status: (value ?? 'all') as QueueStatus })}
        allowDeselect={false}
      />
      <Select
        aria-label="Order"
        w={168}
        comboboxProps={comboboxProps}
        data={options(sortNames)}
        value={filter.sort}
        onChange={(value) => change({ sort: (value ?? 'doubt') as QueueSort })}
        allowDeselect={false}
      />
      <Ranges {...{ filter, range, change }} />
      <Search value={filter.search} onChange={(text) => change({ search: text })} input={search} onLeave={onLeave} />
      {isFiltered(filter) && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => onChange({ ...defaultFilter, sort: filter.sort })}
        >
          Clear
        </Button>
      )}
    </search>
  )
}

interface SearchProps {
  readonly value: string
  readonly onChange: (text: string) => void
  readonly input: RefObject<HTMLInputElement | null>
  readonly onLeave: () => void
}

function Search({ value, onChange, input, onLeave }: SearchProps) {
  const [text, setText] = useState(value)
  const settle = useDebouncedCallback(onChange, 250)
  useEffect(() => setText(value), [value])
  return (
    <TextInput
      ref={input}
      aria-label="Find in prompts and responses"
      placeholder="Find text"
      className={styles.search}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={text === '' ? <Key name="f" /> : null}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value)
        settle(currentTarget.value)
      }}
      onKeyDown={({ key }) => {
        if (key !== 'Enter' && key !== 'Escape') return
        if (key === 'Enter') onChange(text)
        onLeave()
      }}
    />
  )
}

/** "score 2.5 to under 2.75": an upper bound just below a round number comes from a histogram bin, which excludes its upper edge. */
export function rangeWords(name: string, min: number | null, max: number | null, range: RewardRange): string | null {
  if (min === null && max === null) return null
  const [from, to] = [min ?? range?.[0], max ?? range?.[1]]
  if (from === undefined) return `${name} up to ${to}`
  if (to === undefined) return `${name} from ${from}`
  const rounded = Number(to.toFixed(3))
  return rounded - to > 0 && rounded - to < 2e-4 ? `${name} ${from} to under ${rounded}` : `${name} ${from} to ${to}`
}

type RangeName = 'minScore' | 'maxScore' | 'minMargin' | 'maxMargin'

interface RangesProps {
  readonly filter: QueueFilter
  readonly range: RewardRange
  readonly change: (changes: Partial<QueueFilter>) => void
}

function Ranges({ filter, range, change }: RangesProps) {
  const margins: RewardRange = range && [0, range[1] - range[0]]
  const edge = (value: number | undefined): string => (value === undefined ? '' : String(value))
  const number = (name: RangeName) => (value: number | null) => {
    if (!Number.isNaN(value)) change({ [name]: value })
  }
  const words = [
    rangeWords('score', filter.minScore, filter.maxScore, range),
    rangeWords('margin', filter.minMargin, filter.maxMargin, margins),
  ]
  const label = words.filter((part) => part !== null).join(', ')
  return (
    <Popover position="bottom-start" trapFocus withArrow={false} shadow="sm">
      <Popover.Target>
        <Button leftSection={<IconAdjustmentsHorizontal size={14} aria-hidden />}>{label === '' ? 'Scores' : label}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={styles.ranges}>
          <p className={styles.rangeTitle}>Either score is between</p>
          <ScoreInput
            {...{ label: 'Lowest score', range, placeholder: edge(range?.[0]) }}
            value={filter.minScore}
            onChange={number('minScore')}
          />
          <ScoreInput
            {...{ label: 'Highest score', range, placeholder: edge(range?.[1]) }}
            value={filter.maxScore}
            onChange={number('maxScore')}
          />
          <p className={styles.rangeTitle}>The margin is between</p>
          <ScoreInput
            {...{ label: 'Smallest margin', range: margins, placeholder: '0' }}
            value={filter.minMargin}
            onChange={number('minMargin')}
          />
          <ScoreInput
            {...{ label: 'Largest margin', range: margins, placeholder: edge(margins?.[1]) }}
            value={filter.maxMargin}
            onChange={number('maxMargin')}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}

/** How many pairs match the filter, as far as they are listed. */
export const queueWords = (entries: number, filter: QueueFilter): string => {
  const what = `${count(entries)} ${filter.status === 'without-pair' ? 'prompts' : 'pairs'}`
  if (entries >= mostListed) return `the first ${what}${isFiltered(filter) ? ' that match' : ''}`
  return isFiltered(filter) ? `${what} match` : what
}
