export { compileEmail } from './compile';
export type { CompiledFields, FieldsContent } from './compile-fields';
export { compileEmailCached, compileFieldsCached, compileTextCached } from './cache';
export type { CompiledEmail, CompiledText, EmailContent, RenderedEmail, RenderedText, RenderScope, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
