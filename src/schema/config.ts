import { z } from 'zod'

const Registry = z.strictObject({
  /** a folder now; an http(s) URL once cpm speaks to servers */
  url: z.string().min(1),
})

const Seconds = z.number().nonnegative()

/** Every setting, by section. The user's file may hold all of it; a project's file only `registry` and `install`. */
export const Config = z.strictObject({
  registry: z
    .strictObject({ default: z.string().optional(), registries: z.record(z.string(), Registry).optional() })
    .optional(),
  storage: z.strictObject({ store: z.string().optional() }).optional(),
  install: z.strictObject({ mode: z.enum(['link', 'copy']).optional() }).optional(),
  security: z.strictObject({ lockTimeout: Seconds.optional() }).optional(),
})
export type Config = z.infer<typeof Config>

/** What a file inside a project may decide: nothing that runs, sends or changes the machine's trust. */
export const PROJECT_SECTIONS = ['registry', 'install'] as const
