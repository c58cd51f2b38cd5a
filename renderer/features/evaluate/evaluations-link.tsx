import { Link } from 'wouter'

/** To where evaluations are started. */
export const EvaluationsLink = () => <Link href="/evaluate/evaluations">Evaluations</Link>
