import { defineTask } from '../../core/task.ts'
import { listFiles, type PackList, type PackRules } from '../files-to-pack.ts'

/** Lists the files of a folder to pack. Reads every file to its end to look for secrets. */
export default defineTask(({ root, rules }: { root: string; rules: PackRules }): PackList => listFiles(root, rules))
