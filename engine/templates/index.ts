export { compileEmail } from './compile';
export { variablesIn, type AskedFor } from './variables';
export { sourcesOf, textsIn } from './compile-fields';
export { compileEmailCached, compileMessage } from './cache';
export { isShaped, type Shaped } from './shapes';
export type { Block, BlockFormat, Surroundings } from './surroundings';
export type { ChatContent, CompiledEmail, CompiledFields, EmailContent, RenderedEmail, RenderScope, TemplateImage, TemplateLibrary, TextContent } from './types';
export { decorateHtml, isWebAddress, type Decoration } from './links';
export { asksForCoupons, imagesIn, LibraryProblem, PRODUCT_BLOCKS, productBlocksIn, type ProductBlock } from './library';
