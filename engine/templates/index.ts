export { compileEmail } from './compile';
export { variablesIn, type AskedFor } from './variables';
export { textsIn } from './compile-fields';
export { compileEmailCached, compileFieldsCached, compileTextCached } from './cache';
export type { Block, BlockFormat, Surroundings } from './surroundings';
export type { CompiledEmail, CompiledFields, CompiledText, EmailContent, RenderedEmail, RenderedText, RenderScope, TemplateImage, TemplateLibrary, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
export { asksForCoupons, imagesIn, LibraryProblem, PRODUCT_BLOCKS, productBlocksIn, type ProductBlock } from './library';
