import { taskAt } from '../core/task.ts'

/** The tasks over workflows, by their files: importing this loads none of them. */
export const render = taskAt<typeof import('./tasks/render.ts').default>('workflow/tasks/render')
export const reads = taskAt<typeof import('./tasks/reads.ts').default>('workflow/tasks/reads')
