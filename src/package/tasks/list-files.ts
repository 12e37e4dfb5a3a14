import { defineTask } from '../../core/task.ts'
import { listFiles, type PackList, type PackRules } from '../files-to-pack.ts'

/** Lists what of a folder is packed. It reads every file to its end, in search of secrets. */
export default defineTask(({ root, rules }: { root: string; rules: PackRules }): PackList => listFiles(root, rules))
