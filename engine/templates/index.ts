export { compileEmail } from './compile';
export { variablesIn, type AskedFor } from './variables';
export { textsIn } from './compile-fields';
export type { CompiledTexts, TextsContent } from './compile-texts';
export { compileChatCached, compileEmailCached, compileFieldsCached, compileNotificationCached, compileTextCached, compileTextsCached } from './cache';
export type { Block, BlockFormat, Surroundings } from './surroundings';
export type { ChatContent, CompiledChat, CompiledEmail, CompiledFields, CompiledNotification, CompiledText, EmailContent, NotificationTexts, RenderedChat, RenderedEmail, RenderedNotification, RenderedText, RenderScope, TemplateImage, TemplateLibrary, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
export { asksForCoupons, imagesIn, LibraryProblem, PRODUCT_BLOCKS, productBlocksIn, type ProductBlock } from './library';
