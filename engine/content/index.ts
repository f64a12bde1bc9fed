export { createTemplates, kindOf, PREVIEW_LINKS, type Live, type LiveTemplate, type Templates, type TestedTemplate } from './templates';
export type * from './types';
