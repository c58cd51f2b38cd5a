import { Link, useLocation } from 'wouter'
import { places } from './places.ts'
import styles from './rail.module.css'
import { SchemeSwitch } from './scheme-switch.tsx'

/** The navigation rail. */
export function Rail() {
  const [location] = useLocation()
  return (
    <nav className={styles.rail} aria-label="Places">
      <div className={styles.brand}>
        <img src="/icon.svg" alt="" width={20} height={20} />
        <span>Laurel</span>
      </div>
      <ul className={styles.places}>
        {places.map(({ path, name, icon: Icon }) => {
          const isHere = location === path || location.startsWith(`${path}/`)
          return (
            <li key={path}>
              <Link href={path} className={styles.place} title={name} aria-current={isHere ? 'page' : undefined}>
                <Icon size={16} stroke={1.6} aria-hidden />
                <span>{name}</span>
              </Link>
            </li>
          )
        })}
      </ul>
      <div className={styles.foot}>
        <SchemeSwitch />
      </div>
    </nav>
  )
}
