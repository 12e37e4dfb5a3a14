import { PROJECT_SCENES } from './project-scenes.ts'
import { REGISTRY_SCENES } from './registry-scenes.ts'
import type { Scene } from './scene.ts'

/** Every command that changes a project, the store or a registry. */
export const SCENES: readonly Scene[] = [...PROJECT_SCENES, ...REGISTRY_SCENES]
