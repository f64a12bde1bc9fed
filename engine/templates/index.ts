export { compileEmail } from './compile';
export type { CompiledFields, FieldsContent } from './compile-fields';
export { compileChatCached, compileEmailCached, compileFieldsCached, compileNotificationCached, compileTextCached } from './cache';
export type { ChatContent, CompiledChat, CompiledEmail, CompiledNotification, CompiledText, EmailContent, RenderedChat, NotificationTexts, RenderedEmail, RenderedNotification, RenderedText, RenderScope, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
