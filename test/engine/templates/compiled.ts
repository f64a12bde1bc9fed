export { compileText } from '../../../engine/templates/compile-text';
export type { Surroundings } from '../../../engine/templates';
