export { compileEmail } from './compile';
export { variablesIn, type AskedFor } from './variables';
export { textsIn } from './compile-fields';
export type { CompiledTexts, TextsContent } from './compile-texts';
export { compileChatCached, compileEmailCached, compileFieldsCached, compileNotificationCached, compilePrintCached, compileTextCached, compileTextsCached } from './cache';
export type { Block, BlockFormat, Surroundings } from './surroundings';
export type { ChatContent, CompiledChat, CompiledEmail, CompiledFields, CompiledNotification, CompiledPrint, CompiledText, EmailContent, NotificationTexts, RenderedChat, PrintContent, RenderedEmail, RenderedNotification, RenderedText, RenderScope, TemplateImage, TemplateLibrary, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
export { asksForCoupons, imagesIn, LibraryProblem, PRODUCT_BLOCKS, productBlocksIn, type ProductBlock } from './library';
