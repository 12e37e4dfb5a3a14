import { taskAt } from '../core/task.ts'

/** The pool's tasks for projects. Importing this does not load them. */
export const readTexts = taskAt<typeof import('./tasks/read-texts.ts').default>('installer/tasks/read-texts')
