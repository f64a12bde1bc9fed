export { compileEmail } from './compile';
export { compileEmailCached, compileNotificationCached, compileTextCached } from './cache';
export type { CompiledEmail, CompiledNotification, CompiledText, EmailContent, NotificationTexts, RenderedEmail, RenderedNotification, RenderedText, RenderScope, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
