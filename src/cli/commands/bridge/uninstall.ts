import { defineBridge } from './define-bridge.ts'

export default defineBridge('uninstall', [
  'Remove a package',
  'echo \'{"packages": ["thumbnails"]}\' | cpm bridge uninstall',
])
