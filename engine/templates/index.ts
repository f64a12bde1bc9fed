export { compileEmail } from './compile';
export { compileEmailCached } from './cache';
export type { CompiledEmail, EmailContent, RenderedEmail, RenderScope } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
