import { Modal } from '@mantine/core'
import { type ActionInfo, keyLabel } from './action.ts'
import styles from './actions.module.css'
import { useActionKeys, useActiveScopes, useKeySheet } from './active-actions.ts'

/** A screen's shortcuts, for the dialog. */
export interface KeyList {
  readonly screen: string
  readonly keys: readonly Pick<ActionInfo, 'title' | 'keys'>[]
}

const close = (): void => useKeySheet.setState({ isOpen: false })

/** Listens for shortcuts, and lists them on `?`: the current screen's first, then the others'. Mounted once per window. */
export function KeySheet({ screens }: { readonly screens: readonly KeyList[] }) {
  useActionKeys()
  const isOpen = useKeySheet((sheet) => sheet.isOpen)
  return (
    <Modal opened={isOpen} onClose={close} title="Keyboard shortcuts" size="lg">
      {isOpen && <Keys screens={screens} />}
    </Modal>
  )
}

function Keys({ screens }: { readonly screens: readonly KeyList[] }) {
  const active = useActiveScopes()
  const groups = Map.groupBy(
    active.flatMap(({ actions }) => actions),
    ({ group }) => group,
  )
  const others = screens.filter(({ screen }) => !active.some(({ title }) => title === screen))
  return (
    <>
      <div className={styles.sheet}>
        {[...groups].map(([group, actions]) => (
          <Group key={group} title={group} keys={actions} />
        ))}
      </div>
      <p className={styles.rest}>
        <kbd className={styles.key}>{keyLabel('Mod+k')}</kbd> opens the commands: everything that this screen can do now, also without a
        key.
      </p>
      <h3 className={styles.others}>{groups.size > 1 ? 'Other screens' : 'Screens'}</h3>
      <div className={styles.sheet}>
        {others.map(({ screen, keys }) => (
          <Group key={screen} title={screen} keys={keys} />
        ))}
      </div>
    </>
  )
}

function Group({ title: group, keys: all }: { readonly title: string; readonly keys: KeyList['keys'] }) {
  const withKey = all.filter(({ keys }) => keys.length > 0)
  if (withKey.length === 0) return null
  return (
    <section>
      <h3 className={styles.group}>{group}</h3>
      <dl className={styles.keys}>
        {withKey.map((action) => (
          <div key={action.title} className={styles.row}>
            <dt>{action.title}</dt>
            <dd>
              {action.keys.map((key) => (
                <kbd key={key} className={styles.key}>
                  {keyLabel(key)}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
