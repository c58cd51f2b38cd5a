import { Button } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import { useLocation } from 'wouter'
import { ErrorCard } from '../../components/error-card.tsx'
import styles from './first-start.module.css'
import { LoopDiagram } from './loop-diagram.tsx'
import { useDemoStart } from './use-demo-start.ts'

/** What the Runs page shows before there is a run: what Laurel does, and the shortest way to see it. */
export function FirstStart({ onTour }: { readonly onTour: () => void }) {
  const [, go] = useLocation()
  const demo = useDemoStart()
  return (
    <section className={styles.welcome} aria-labelledby="welcome">
      <h2 id="welcome" className={styles.title}>
        Train a model on its own judgement
      </h2>
      <p className={styles.lead}>
        A run takes a language model through the self-rewarding loop: it writes prompts, answers them, judges its answers, and is trained on
        the pairs that gives. You watch, and overrule it where it is wrong.
      </p>
      <LoopDiagram />
      <div className={styles.ways}>
        <div className={styles.way}>
          <h3 className={styles.wayTitle}>See it work</h3>
          <p className={styles.wayText}>
            The demo runs the whole loop, three models long, with a tiny model that makes up words. It needs no download and no GPU, and
            takes a minute or two.
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
          <h3 className={styles.wayTitle}>Understand it</h3>
          <p className={styles.wayText}>Five steps through the method: what each stage makes, what to watch, and what your review does.</p>
          <Button onClick={onTour}>Take the tour</Button>
        </div>
        <div className={styles.way}>
          <h3 className={styles.wayTitle}>Use your own model</h3>
          <p className={styles.wayText}>
            A Hugging Face folder or a GGUF file, and your seed data. You see the memory and time it takes before it starts.
          </p>
          <Button onClick={() => go('/runs/new')}>New run</Button>
        </div>
      </div>
      {demo.isError && <ErrorCard error={demo.error} />}
    </section>
  )
}
