import { taskAt } from '../core/task.ts'

/** The tasks over projects, by their files: importing this loads none of them. */
export const readTexts = taskAt<typeof import('./tasks/read-texts.ts').default>('installer/tasks/read-texts')
