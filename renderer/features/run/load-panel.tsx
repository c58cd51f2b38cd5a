import { useQuery } from '@tanstack/react-query'
import type { LoadSample, RunLoad } from '../../../main/shared/contract/run-load-contract.ts'
import type { RunDetails } from '../../../main/shared/contract/runs-contract.ts'
import { orpc } from '../../api/client.ts'
import { bytes, count, fixed, percent } from '../../components/format.ts'
import { Sparkline } from '../../components/sparkline.tsx'
import styles from './load-panel.module.css'
import { isLive } from './use-live-run.ts'

/** Interval between two looks, milliseconds. */
const lookMs = 1000

/** What the run takes of this machine now, and over the last minutes. Only while it runs in this process. */
export function LoadPanel({ run }: { readonly run: RunDetails }) {
  const load = useQuery(
    orpc.runs.load.queryOptions({ input: { id: run.id }, enabled: isLive(run), refetchInterval: isLive(run) && lookMs, staleTime: 0 }),
  )
  if (!isLive(run) || load.data == null || load.data.samples.length === 0) return null
  return (
    <section className={styles.panel} aria-label="What the run takes of this machine">
      <Meters load={load.data} />
    </section>
  )
}

function Meters({ load: { samples, peak_bytes, memory_bytes, processors } }: { readonly load: RunLoad }) {
  const now = samples[samples.length - 1]
  const over = (value: (sample: LoadSample) => number | null): (number | null)[] => samples.map(value)
  return (
    <>
      <Meter
        name="Memory"
        value={bytes(now.bytes)}
        about={`of ${bytes(memory_bytes)}, at most ${bytes(peak_bytes)} so far`}
        values={over((sample) => sample.bytes)}
        top={peak_bytes}
      />
      <Meter
        name="Processor"
        value={now.processors === null ? '–' : `${fixed(now.processors, 1)} of ${processors}`}
        about={processors === 1 ? 'core' : 'cores'}
        values={over((sample) => sample.processors)}
        top={processors}
      />
      {now.gpus.map(({ name, share, bytes: used, of_bytes }, i) => (
        <Meter
          // biome-ignore lint/suspicious/noArrayIndexKey: GPUs have a fixed order, and two may have the same name
          key={i}
          name="GPU"
          value={percent(share)}
          about={`${name}, ${bytes(used)} of ${bytes(of_bytes)}`}
          values={over(({ gpus }) => gpus[i]?.share ?? null)}
          top={1}
        />
      ))}
      <Meter
        name="Tokens read"
        value={perSecond(now.read_per_second)}
        about="prompts, judged texts, and rows of a training"
        values={over((sample) => sample.read_per_second)}
      />
      <Meter
        name="Tokens written"
        value={perSecond(now.written_per_second)}
        about="of finished responses"
        values={over((sample) => sample.written_per_second)}
      />
    </>
  )
}

const perSecond = (value: number | null): string => (value === null ? '–' : `${count(Math.round(value))}/s`)

interface MeterProps {
  readonly name: string
  readonly value: string
  readonly about: string
  readonly values: readonly (number | null)[]
  readonly top?: number
}

const Meter = ({ name, value, about, values, top }: MeterProps) => (
  <div className={styles.meter} title={about}>
    <span className={styles.name}>{name}</span>
    <span className={styles.value}>{value}</span>
    <Sparkline values={values} top={top} />
  </div>
)
