export { compileEmail } from './compile';
export { compileEmailCached, compileTextCached } from './cache';
export type { CompiledEmail, CompiledText, EmailContent, RenderedEmail, RenderedText, RenderScope, TextContent } from './types';
