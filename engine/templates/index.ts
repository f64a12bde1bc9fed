export { compileEmail } from './compile';
export { compileEmailCached, compilePrintCached, compileTextCached } from './cache';
export type { CompiledEmail, CompiledPrint, CompiledText, EmailContent, PrintContent, RenderedEmail, RenderedText, RenderScope, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
