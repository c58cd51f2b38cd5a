import { Modal } from '@mantine/core'
import { type Action, keyLabel } from './action.ts'
import styles from './actions.module.css'
import { activeScopes, useActionKeys, useActions, useKeySheet } from './active-actions.ts'

const open = (): void => useKeySheet.setState({ isOpen: true })
const close = (): void => useKeySheet.setState({ isOpen: false })

/** Keys of the window as a whole. */
const windowActions: readonly Action[] = [
  { name: 'keys', title: 'Show all keys', keys: ['?'], group: 'Everywhere', enabled: true, perform: open },
]

/** Listens for keys, and shows on `?` which there are. Used once, by the whole window. */
export function KeySheet() {
  useActionKeys()
  useActions('window', 'Window', windowActions)
  const isOpen = useKeySheet((sheet) => sheet.isOpen)
  return (
    <Modal opened={isOpen} onClose={close} title="Keys" size="lg">
      {isOpen && <Keys />}
    </Modal>
  )
}

function Keys() {
  const groups = Map.groupBy(
    activeScopes().flatMap(({ actions }) => actions),
    ({ group }) => group,
  )
  return (
    <div className={styles.sheet}>
      {[...groups].map(([group, actions]) => (
        <section key={group}>
          <h3 className={styles.group}>{group}</h3>
          <dl className={styles.keys}>
            {actions.map(({ name, title, keys }) => (
              <div key={name} className={styles.row}>
                <dt>{title}</dt>
                <dd>
                  {keys.map((key) => (
                    <kbd key={key} className={styles.key}>
                      {keyLabel(key)}
                    </kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  )
}
