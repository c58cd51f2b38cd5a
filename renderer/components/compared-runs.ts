/** How many runs Compare shows side by side: more lines would be hard to distinguish. */
export const mostCompared = 8
