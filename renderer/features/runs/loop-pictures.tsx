/** Icons for the steps of the loop, 64 by 48. */

const line = (y: number, length: number, color = 'var(--border-strong)') => (
  <line key={`${y} ${length}`} x1={0} x2={length} y1={y} y2={y} stroke={color} strokeWidth={4} strokeLinecap="round" />
)

/** Models M0, M1, M2 as dots of increasing darkness. */
export const ModelDot = () => (
  <g>
    {['var(--model-1)', 'var(--model-2)', 'var(--model-3)'].map((color, i) => (
      <circle key={color} cx={16 + i * 16} cy={24} r={10} fill={color} stroke="var(--surface-raised)" strokeWidth={2} />
    ))}
  </g>
)

export const Lines = () => <g>{[line(8, 60), line(18, 44), line(28, 56), line(38, 32)]}</g>

/** One prompt, four answers. */
export const FourAnswers = () => (
  <g>
    <line x1={0} x2={60} y1={4} y2={4} stroke="var(--text-dim)" strokeWidth={3} strokeLinecap="round" />
    {[52, 36, 60, 44].map((length, i) => (
      <line
        key={length}
        x1={8}
        x2={length}
        y1={15 + i * 10}
        y2={15 + i * 10}
        stroke="var(--role-candidate)"
        strokeWidth={4}
        strokeLinecap="round"
      />
    ))}
  </g>
)

/** Rewards of four answers, out of five points. */
export const Scores = () => (
  <g>
    {[
      { score: 4, row: 0 },
      { score: 2, row: 1 },
      { score: 5, row: 2 },
      { score: 3, row: 3 },
    ].map(({ score, row }) =>
      [1, 2, 3, 4, 5].map((point) => (
        <circle
          key={`${row} ${point}`}
          cx={point * 11 - 1}
          cy={6 + row * 12}
          r={3.5}
          fill={point <= score ? 'var(--role-candidate)' : 'none'}
          stroke="var(--role-candidate)"
        />
      )),
    )}
  </g>
)

/** The best answer above the worst: chosen in blue, rejected in orange. */
export const BestAndWorst = () => (
  <g>
    <rect x={0} y={4} width={64} height={16} rx={3} fill="var(--role-chosen-soft)" stroke="var(--role-chosen)" />
    <rect x={0} y={28} width={64} height={16} rx={3} fill="var(--role-rejected-soft)" stroke="var(--role-rejected)" />
    <line x1={8} x2={52} y1={12} y2={12} stroke="var(--role-chosen)" strokeWidth={3} strokeLinecap="round" />
    <line x1={8} x2={36} y1={36} y2={36} stroke="var(--role-rejected)" strokeWidth={3} strokeLinecap="round" />
  </g>
)

/** Training raises the likelihood of chosen answers and lowers that of rejected ones. */
export const Update = () => (
  <g fill="none" strokeWidth={2} strokeLinecap="round">
    <path d="M0 26 C20 26 24 8 64 6" stroke="var(--role-chosen)" />
    <path d="M0 26 C20 26 28 40 64 44" stroke="var(--role-rejected)" />
    <line x1={0} x2={64} y1={26} y2={26} stroke="var(--border-strong)" strokeDasharray="2 4" />
  </g>
)
