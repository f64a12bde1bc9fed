export { compileEmail } from './compile';
export { compileChatCached, compileEmailCached, compileTextCached } from './cache';
export type { ChatContent, CompiledChat, CompiledEmail, CompiledText, EmailContent, RenderedChat, RenderedEmail, RenderedText, RenderScope, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
