import { routerOf } from '../../shared/operations';
import { GUARDED } from '../guarded';
import * as block from './block/Block.resource';
import * as brand from './brand/Brand.resource';
import * as template from './template/Template.resource';

export const router = routerOf({ block: block.operations, brand: brand.operations, template: template.operations }, GUARDED);
