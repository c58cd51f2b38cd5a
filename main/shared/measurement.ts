import { z } from 'zod'

/**
 * A timed square matrix multiplication, in 10^9 floating-point operations per second; null if the backend doesn't support the precision.
 */
export const measurement = z.object({ float32Gflops: z.number(), bfloat16Gflops: z.number().nullable() })
export type Measurement = z.infer<typeof measurement>
