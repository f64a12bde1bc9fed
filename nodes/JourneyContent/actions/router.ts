import { routerOf } from '../../shared/operations';
import { GUARDED } from '../guarded';
import * as block from './block/Block.resource';
import * as brand from './brand/Brand.resource';
import * as coupon from './coupon/Coupon.resource';
import * as image from './image/Image.resource';
import * as product from './product/Product.resource';
import * as template from './template/Template.resource';

export const router = routerOf({ block: block.operations, brand: brand.operations, coupon: coupon.operations, image: image.operations, product: product.operations, template: template.operations }, GUARDED);
