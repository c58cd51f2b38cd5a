import styles from './model-badge.module.css'

const ramp = 6

/** A model's color, the same in every chart, table, and chat. SFT, the baseline between M0 and M1, has M0's. */
export const modelColor = (name: string): string => {
  const index = /^M(\d+)$/.exec(name)?.[1]
  return `var(--model-${index === undefined ? 0 : Math.min(Number(index), ramp - 1)})`
}

/** A model's name with its color. */
export function ModelBadge({ name }: { readonly name: string }) {
  return (
    <span className={styles.badge}>
      <span className={styles.dot} style={{ background: modelColor(name) }} aria-hidden />
      {name}
    </span>
  )
}

/** A model of any run, such as `M3 of Demo`: its name with its color, and its run. */
export function ModelLabel({ label }: { readonly label: string }) {
  const [name] = label.split(' of ', 1)
  return (
    <>
      <ModelBadge name={name} /> {label !== name && <span className={styles.run}>{label.slice(name.length)}</span>}
    </>
  )
}
