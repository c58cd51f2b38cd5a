import { Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import { wordsIn } from '../../../main/shared/search-words.ts'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { count } from '../../components/format.ts'
import { Page, Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { FoundRow } from './found-row.tsx'
import styles from './search.module.css'
import { searchActions } from './search-actions.ts'

const perPage = 50
/** Rest before a search, milliseconds. */
const restMs = 200

/** Full-text search over the prompts and responses of all runs, evaluations, and the arena. */
export function SearchPage() {
  const [parameters] = useSearchParams()
  const [, go] = useLocation()
  const [text, setText] = useState(parameters.get('q') ?? '')
  const [wanted] = useDebouncedValue(text.trim(), restMs)
  const runId = parameters.get('run')
  const runs = useQuery(orpc.runs.list.queryOptions())
  useEffect(() => {
    const query = new URLSearchParams({ ...(wanted !== '' && { q: wanted }), ...(runId !== null && { run: runId }) }).toString()
    go(`/search${query === '' ? '' : `?${query}`}`, { replace: true })
  }, [wanted, runId, go])
  const found = useInfiniteQuery(
    orpc.prompts.search.infiniteOptions({
      input: (offset: number) => ({ text: wanted, runId, offset, limit: perPage }),
      initialPageParam: 0,
      getNextPageParam: ({ rows }, pages) => (rows.length < perPage ? undefined : pages.length * perPage),
      enabled: wanted !== '',
      staleTime: 0,
      placeholderData: (before) => before,
    }),
  )
  const [field, choice] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)]
  useScreenActions(searchActions, {
    search: { perform: () => field.current?.focus() },
    inRun: { perform: () => choice.current?.focus() },
  })
  const rows = found.data?.pages.flatMap((page) => page.rows) ?? []
  const total = found.data?.pages[0]?.total ?? 0
  return (
    <Page
      title="Search"
      status={wanted !== '' && found.data !== undefined && <span role="status">{totalText(total)}</span>}
      actions={
        <Select
          ref={choice}
          aria-label="In which run"
          placeholder="In all runs"
          w={240}
          clearable
          searchable
          data={runs.data?.map(({ id, name }) => ({ value: id, label: `${name} (${id})` })) ?? []}
          value={runId}
          onChange={(id) =>
            go(`/search?${new URLSearchParams({ q: wanted, ...(id !== null && { run: id }) }).toString()}`, { replace: true })
          }
        />
      }
    >
      <TextInput
        ref={field}
        aria-label="Search prompts and responses"
        description="All words must occur. “Words in quotes” as written; a word that ends in * is the beginning of one."
        placeholder="Words of a prompt or a response"
        size="sm"
        leftSection={<IconSearch size={14} aria-hidden />}
        data-autofocus
        autoFocus
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      {wanted !== '' && (
        <QueryView query={{ ...found, data: found.data === undefined ? undefined : rows } as never}>
          {() =>
            rows.length === 0 ? (
              <EmptyState title="Nothing found">
                No prompt or response contains all these words. Fewer words, or word* for a beginning, find more.
              </EmptyState>
            ) : (
              <Panel flush>
                <ul className={styles.list}>
                  {rows.map((row, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a text can be found twice; the list is only appended to
                    <FoundRow key={i} row={row} words={wordsIn(wanted)} />
                  ))}
                </ul>
                {found.hasNextPage && (
                  <button type="button" className={styles.more} onClick={() => void found.fetchNextPage()}>
                    Show more
                  </button>
                )}
              </Panel>
            )
          }
        </QueryView>
      )}
    </Page>
  )
}

const totalText = (total: number): string =>
  total >= 10_000 ? 'More than 10,000 found' : total === 1 ? '1 found' : `${count(total)} found`
