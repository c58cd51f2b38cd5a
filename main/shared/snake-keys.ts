/** `meanReward` becomes `mean_reward`. */
export type SnakeKey<Key extends string> = Key extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeKey<Rest>}`
  : Key

export type SnakeKeys<Fields> = { -readonly [Key in keyof Fields & string as SnakeKey<Key>]: Fields[Key] }

/** The same fields with snake_case names, as in documents for users and other programs. Nested objects stay as they are. */
export const snakeKeys = <Fields extends object>(fields: Fields): SnakeKeys<Fields> =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  ) as SnakeKeys<Fields>
