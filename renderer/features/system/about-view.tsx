import { Button, NumberInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Settings } from '../../../main/shared/contract/system-contract.ts'
import { submitProps } from '../../actions/action-button.tsx'
import { useScreenActions } from '../../actions/use-screen-actions.ts'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { Facts } from '../../components/facts.tsx'
import { count } from '../../components/format.ts'
import { Panel } from '../../components/page.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { ScrollArea } from '../../components/scroll-area.tsx'
import table from '../../components/table.module.css'
import styles from './system.module.css'
import { settingsActions } from './system-actions.ts'

/** Global settings, Laurel's version, and its dependencies. */
export function AboutView() {
  const settings = useQuery(orpc.system.settings.queryOptions())
  const about = useQuery(orpc.system.about.queryOptions())
  const notices = useQuery(orpc.system.notices.queryOptions())
  return (
    <>
      <Panel title="Settings">
        <QueryView query={settings}>{(found) => <SettingsForm settings={found} />}</QueryView>
      </Panel>
      <Panel title="About">
        <QueryView query={about}>
          {({ version, surface, home, platform, node }) => (
            <Facts
              facts={[
                { name: 'Laurel', value: version },
                { name: 'License', value: 'Apache-2.0' },
                { name: 'Window', value: surface === 'desktop' ? 'desktop' : 'browser' },
                { name: 'Node', value: node },
                { name: 'System', value: platform },
                { name: 'Data folder', value: <span className="code">{home}</span> },
              ]}
            />
          )}
        </QueryView>
      </Panel>
      <Panel title="Dependencies" flush>
        <QueryView query={notices}>
          {(all) => (
            <>
              <p className={styles.hint}>
                {count(all.length)} packages under permissive licenses. The native runtime is TensorFlow (Apache-2.0).
              </p>
              <ScrollArea className={styles.notices} label="Packages">
                <table className={table.table}>
                  <thead>
                    <tr>
                      <th>Package</th>
                      <th>Version</th>
                      <th className={table.grow}>License</th>
                    </tr>
                  </thead>
                  <tbody>
                    {all.map(({ name, version, license }) => (
                      <tr key={`${name} ${version}`}>
                        <td>{name}</td>
                        <td>{version}</td>
                        <td className={table.grow}>{license}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </ScrollArea>
            </>
          )}
        </QueryView>
      </Panel>
    </>
  )
}

function SettingsForm({ settings }: { readonly settings: Settings }) {
  const [reviewer, setReviewer] = useState(settings.reviewer)
  const [threads, setThreads] = useState<number | string>(settings.threads ?? '')
  const [webhook, setWebhook] = useState(settings.webhook ?? '')
  const queries = useQueryClient()
  const save = useMutation(
    orpc.system.changeSettings.mutationOptions({
      onSuccess: (now) => queries.setQueryData(orpc.system.settings.queryKey(), now),
    }),
  )
  const asked: Settings = {
    reviewer: reviewer.trim(),
    threads: typeof threads === 'number' ? threads : null,
    webhook: webhook.trim() === '' ? null : webhook.trim(),
  }
  const isSame = asked.reviewer === settings.reviewer && asked.threads === settings.threads && asked.webhook === settings.webhook
  const form = useRef<HTMLFormElement>(null)
  const actions = useScreenActions(settingsActions, {
    save: { enabled: !isSame && !save.isPending, perform: () => form.current?.requestSubmit() },
  })
  return (
    <form
      ref={form}
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate(asked)
      }}
    >
      <div className={styles.inline}>
        <TextInput
          label="Reviewer"
          description="Stored with reviews from browsers that have no name of their own (set in Review)."
          placeholder="anonymous"
          value={reviewer}
          onChange={(event) => setReviewer(event.currentTarget.value)}
          maxLength={80}
          w={280}
        />
        <NumberInput
          label="Processor threads"
          description="Default for new runs and other engines. A started run keeps its number."
          placeholder="all"
          value={threads}
          onChange={setThreads}
          min={1}
          max={1024}
          allowDecimal={false}
          w={400}
        />
        <TextInput
          label="Webhook"
          description="Gets a message (JSON) when a run finishes, fails, or waits for you: its name, and the error if there is one."
          placeholder="https://"
          type="url"
          value={webhook}
          onChange={(event) => setWebhook(event.currentTarget.value)}
          w={680}
        />
        <Button {...submitProps(actions.save)} type="submit" variant="filled" loading={save.isPending}>
          Save
        </Button>
        {save.isSuccess && isSame && (
          <span className="dim" role="status">
            Saved.
          </span>
        )}
      </div>
      {save.isError && <ErrorCard error={save.error} />}
    </form>
  )
}
