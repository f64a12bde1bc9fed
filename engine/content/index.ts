export { createTemplates, PREVIEW_LINKS, type Live, type LiveTemplate, type Templates } from './templates';
export type * from './types';
