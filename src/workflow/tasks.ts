import { taskAt } from '../core/task.ts'

/** The workflow tasks, referenced by file: importing this module loads none of them. */
export const render = taskAt<typeof import('./tasks/render.ts').default>('workflow/tasks/render')
export const reads = taskAt<typeof import('./tasks/reads.ts').default>('workflow/tasks/reads')
