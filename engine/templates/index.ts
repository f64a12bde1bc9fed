export { compileEmail } from './compile';
export { compileEmailCached, compileTextCached } from './cache';
export type { CompiledEmail, CompiledText, EmailContent, RenderedEmail, RenderedText, RenderScope, TemplateImage, TemplateLibrary, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
export { asksForCoupons, imagesIn, LibraryProblem, PRODUCT_BLOCKS, productBlocksIn, type ProductBlock } from './library';
