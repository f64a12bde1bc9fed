export { createTemplates, type Templates } from './templates';
export type * from './types';
