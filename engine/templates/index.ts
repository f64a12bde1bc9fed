export { compileEmail } from './compile';
export { compileEmailCached } from './cache';
export type { CompiledEmail, EmailContent, RenderedEmail, RenderScope } from './types';
