import { defineBridge } from './define-bridge.ts'

export default defineBridge('install', [
  'Install the dependencies of a project',
  'echo \'{"cwd": "project"}\' | cpm bridge install',
])
