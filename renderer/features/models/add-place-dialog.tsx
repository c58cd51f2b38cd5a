import { Button, Modal, SegmentedControl } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { orpc } from '../../api/client.ts'
import { ErrorCard } from '../../components/error-card.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import styles from './library.module.css'

/** Lists the folders that Laurel scans for models, and adds another. */
export function AddPlaceDialog({ onClose }: { readonly onClose: () => void }) {
  const [path, setPath] = useState('')
  const [kind, setKind] = useState<'model' | 'folder'>('model')
  const queries = useQueryClient()
  const places = useQuery(orpc.models.places.queryOptions())
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: orpc.models.key() })
  const adding = useMutation(
    orpc.models.addPlace.mutationOptions({
      onSuccess: () => {
        void refresh()
        onClose()
      },
    }),
  )
  const forgetting = useMutation(orpc.models.forgetPlace.mutationOptions({ onSuccess: refresh }))
  return (
    <Modal opened onClose={onClose} title="Add models" size="lg">
      <form
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault()
          adding.mutate({ path })
        }}
      >
        <SegmentedControl
          aria-label="What to add"
          data={[
            { value: 'model', label: 'One model' },
            { value: 'folder', label: 'A folder with models' },
          ]}
          value={kind}
          onChange={(value) => setKind(value === 'folder' ? 'folder' : 'model')}
        />
        <FilePicker
          label={kind === 'model' ? 'Model' : 'Folder'}
          description={`${kind === 'model' ? 'A Hugging Face folder or a GGUF file.' : 'All models in the folder and its subfolders.'} Nothing is copied.`}
          kind={kind}
          value={path}
          onChange={setPath}
        />
        {adding.isError && <ErrorCard error={adding.error} />}
        {places.data && (
          <div>
            <p className={styles.hint}>Laurel also scans these folders:</p>
            <ul className={styles.places}>
              <li>
                <span className="code">{places.data.own}</span>
              </li>
              <li>
                <span className="code">{places.data.cache}</span>
                <span className="dim">Hugging Face cache</span>
              </li>
              {places.data.added.map((place) => (
                <li key={place}>
                  <span className="code">{place}</span>
                  <Button size="compact-xs" onClick={() => forgetting.mutate({ path: place })} aria-label={`Remove ${place}`}>
                    Remove
                  </Button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className={styles.dialogActions}>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" disabled={path.trim() === ''} loading={adding.isPending}>
            Add
          </Button>
        </div>
      </form>
    </Modal>
  )
}
