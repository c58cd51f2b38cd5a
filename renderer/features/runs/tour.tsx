import { Button, Group, Modal, Stack } from '@mantine/core'
import { useState } from 'react'
import styles from './first-start.module.css'
import { LoopDiagram } from './loop-diagram.tsx'
import { tourSteps } from './tour-steps.tsx'

interface TourProps {
  readonly opened: boolean
  readonly onClose: () => void
}

/** A tour of the method, one step of the loop at a time. */
export function Tour({ opened, onClose }: TourProps) {
  return (
    <Modal {...{ opened, onClose }} title="How self-rewarding works" size={832}>
      <TourBody key={String(opened)} onClose={onClose} />
    </Modal>
  )
}

function TourBody({ onClose }: Pick<TourProps, 'onClose'>) {
  const [at, setAt] = useState(0)
  const { title, active, text, watch } = tourSteps[at]
  const isLast = at === tourSteps.length - 1
  const to = (step: number): void => setAt(Math.max(0, Math.min(tourSteps.length - 1, step)))
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are an alternative to the buttons
    <div
      onKeyDown={({ key }) => {
        if (key === 'ArrowRight') to(at + 1)
        if (key === 'ArrowLeft') to(at - 1)
      }}
    >
      <Stack gap={16}>
        <LoopDiagram active={active} />
        <div className={styles.step} aria-live="polite">
          <h2 className={styles.stepTitle}>{title}</h2>
          <p className={styles.stepText}>{text}</p>
          <p className={styles.stepWatch}>
            <strong>Watch:</strong> {watch}
          </p>
        </div>
        <Group justify="space-between">
          <span className="dim">
            {at + 1} of {tourSteps.length}
          </span>
          <Group gap={8}>
            <Button disabled={at === 0} onClick={() => to(at - 1)}>
              Back
            </Button>
            <Button variant="filled" data-autofocus onClick={() => (isLast ? onClose() : to(at + 1))}>
              {isLast ? 'Done' : 'Next'}
            </Button>
          </Group>
        </Group>
      </Stack>
    </div>
  )
}
