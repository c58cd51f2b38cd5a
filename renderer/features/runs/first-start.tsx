import { Button } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useLocation } from 'wouter'
import { ErrorCard } from '../../components/error-card.tsx'
import styles from './first-start.module.css'
import { LoopDiagram } from './loop-diagram.tsx'
import type { useDemoStart } from './use-demo-start.ts'

/** The Runs page before the first run: what Laurel does, and the quickest way to see it. */
export function FirstStart({ demo, onTour }: { readonly demo: ReturnType<typeof useDemoStart>; readonly onTour: () => void }) {
  const [, go] = useLocation()
  return (
    <section className={styles.welcome} aria-labelledby="welcome">
      <h2 id="welcome" className={styles.title}>
        Train a model on its own judgement
      </h2>
      <p className={styles.lead}>
        A run takes a language model through the self-rewarding loop: the model writes prompts, answers them, judges its own answers, and is
        trained on the resulting preference pairs. You watch, and overrule the judge where it’s wrong.
      </p>
      <LoopDiagram />
      <div className={styles.ways}>
        <div className={styles.way}>
          <h3 className={styles.wayTitle}>Try the demo</h3>
          <p className={styles.wayText}>
            The demo runs the whole loop with a tiny model that makes up words, and trains three models. It takes a minute or two, with no
            download and no GPU.
          </p>
          <Button
            variant="filled"
            leftSection={<IconPlayerPlay size={14} aria-hidden />}
            loading={demo.isPending}
            onClick={() => demo.mutate()}
          >
            Run the demo
          </Button>
        </div>
        <div className={styles.way}>
          <h3 className={styles.wayTitle}>See how it works</h3>
          <p className={styles.wayText}>The method in five steps: what each stage does, what to watch for, and how your review counts.</p>
          <Button onClick={onTour}>Take the tour</Button>
        </div>
        <div className={styles.way}>
          <h3 className={styles.wayTitle}>Use your own model</h3>
          <p className={styles.wayText}>
            Choose a Hugging Face folder or a GGUF file, and your seed data. You see an estimate of memory and time before the run starts.
          </p>
          <Button onClick={() => go('/runs/new')}>New run</Button>
        </div>
      </div>
      {demo.isError && <ErrorCard error={demo.error} />}
    </section>
  )
}
