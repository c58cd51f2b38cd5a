import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { places } from './places.ts'
import styles from './rail.module.css'
import { SchemeSwitch } from './scheme-switch.tsx'

interface RailProps {
  /** Runs that wait for their user's review. */
  readonly waiting: number
  /** Beside the color scheme. */
  readonly foot?: ReactNode
}

/** The navigation rail. */
export function Rail({ waiting, foot }: RailProps) {
  const [location] = useLocation()
  return (
    <nav className={styles.rail} aria-label="Places">
      <div className={styles.brand}>
        <img src="/icon.svg" alt="" width={20} height={20} />
        <span>Laurel</span>
      </div>
      <ul className={styles.places}>
        {places.map(({ path, name, icon: Icon, key }) => {
          const isHere = location === path || location.startsWith(`${path}/`)
          const badge = path === '/review' ? waiting : 0
          const keys = `(g then ${key})`
          const title = badge === 0 ? `${name} ${keys}` : `${name}: ${badge === 1 ? '1 run waits' : `${badge} runs wait`} for you ${keys}`
          return (
            <li key={path}>
              <Link href={path} className={styles.place} title={title} aria-current={isHere ? 'page' : undefined}>
                <Icon size={16} stroke={1.6} aria-hidden />
                <span>{name}</span>
                {badge > 0 && (
                  <span className={styles.waiting} aria-hidden>
                    {badge}
                  </span>
                )}
              </Link>
            </li>
          )
        })}
      </ul>
      <div className={styles.foot}>
        <SchemeSwitch />
        {foot}
      </div>
    </nav>
  )
}
