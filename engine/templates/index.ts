export { compileEmail } from './compile';
export { compileEmailCached, compileTextCached } from './cache';
export type { CompiledEmail, CompiledText, EmailContent, RenderedEmail, RenderedText, RenderScope, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
