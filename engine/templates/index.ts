export { compileEmail } from './compile';
export type { CompiledFields, FieldsContent } from './compile-fields';
export { compileChatCached, compileEmailCached, compileFieldsCached, compileTextCached } from './cache';
export type { ChatContent, CompiledChat, CompiledEmail, CompiledText, EmailContent, RenderedChat, RenderedEmail, RenderedText, RenderScope, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
